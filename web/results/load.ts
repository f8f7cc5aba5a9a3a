/** What the server has as JSON. Rejects where it has not, with its address and status. */
export async function loadJson<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
  return (await response.json()) as T; // written by the bench or by the server of the same version
}
