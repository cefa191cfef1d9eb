/// Sends HTTP requests for all rooms. [Clients] creates an [OutgoingClient] from the options of a
/// configuration file ([io.pharos.config.http.HttpOptions]): TLS, proxies, credentials, redirects
/// that do not forward credentials, and deadlines. It leaks no sockets.
///
/// A probe opens its sockets itself, since it measures each phase of a request; of this room it
/// takes TLS and the rules of redirects.
@NullMarked
package io.pharos.http;

import org.jspecify.annotations.NullMarked;
