/// Sends HTTP requests for the whole program. [Clients] creates an [OutgoingClient] from the
/// options of a configuration file ([io.pharos.config.http.HttpOptions]): TLS, proxies,
/// credentials, redirects that do not forward credentials, and timeouts. No sockets leak.
///
/// Probes open their sockets themselves, because they measure each phase of a request. They use
/// only the TLS classes and the redirect rules of this package.
@NullMarked
package io.pharos.http;

import org.jspecify.annotations.NullMarked;
