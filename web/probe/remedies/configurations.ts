/**
 * Whole, since a location inherits no proxy_set_header once it has one of its own: what streams must not lose what
 * WebSockets need. With its own name for Host, the server would take a page's Origin for a foreign one.
 */
export const NGINX_CODE = `map $http_upgrade $connection_upgrade {
  default upgrade;
  ''      '';
}
location / {
  proxy_pass http://backend;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_buffering off;
  proxy_read_timeout 1h;
}`;

/** Upgrade, Host, flushing and patience: one ProxyPass has them all. */
export const APACHE_CODE = `ProxyPreserveHost On
ProxyPass / http://127.0.0.1:3000/ upgrade=websocket flushpackets=on timeout=3600`;
