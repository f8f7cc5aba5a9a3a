import { type Marker as MarkerName, TRANSPORTS, type TransportName } from '../../server/wire.ts';

/** A transport's marker as an SVG path around 0,0, of radius 1: the same shape on canvas, in panels and legends. */
export const MARKER_PATHS: Record<MarkerName, string> = {
  circle: 'M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z',
  triangle: 'M0-1.1L1.1.85H-1.1Z',
  triangleDown: 'M0 1.1L1.1-.85H-1.1Z',
  rect: 'M-.88-.88H.88V.88H-.88Z',
  rectRot: 'M0-1.2L1.2 0L0 1.2L-1.2 0Z',
  star: 'M0-1.2L.3-.4L1.15-.37L.48.15L.7.97L0 .5L-.7.97L-.48.15L-1.15-.37L-.3-.4Z',
  cross: 'M-.35-1.1H.35V-.35H1.1V.35H.35V1.1H-.35V.35H-1.1V-.35H-.35Z',
  crossRot:
    'M0-.5L.55-1.05L1.05-.55L.5 0L1.05 .55L.55 1.05L0 .5L-.55 1.05L-1.05 .55L-.5 0L-1.05-.55L-.55-1.05Z',
  rectRounded: 'M-.4-.9H.4A.5.5 0 0 1 .9-.4V.4A.5.5 0 0 1 .4.9H-.4A.5.5 0 0 1-.9.4V-.4A.5.5 0 0 1-.4-.9Z',
  slash: 'M-1.1-.6L-.6-1.1L1.1 .6L.6 1.1Z',
  line: 'M-1.2-.3H1.2V.3H-1.2Z',
};

/** Decoration: the transport's name stands beside it. */
export function Marker({ name }: { readonly name: TransportName }) {
  const { marker, colour } = TRANSPORTS[name];
  return (
    <svg class="marker" viewBox="-1.3 -1.3 2.6 2.6" aria-hidden="true">
      <path d={MARKER_PATHS[marker]} fill={colour} />
    </svg>
  );
}
