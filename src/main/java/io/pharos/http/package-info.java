/// What goes out over HTTP, whoever asks: [Clients] makes an [OutgoingClient] of the options that a
/// configuration file gives ([io.pharos.config.http.HttpOptions]). It speaks TLS and through
/// proxies, tells who asks, follows redirects without telling others, keeps to a time, and loses no
/// sockets.
///
/// A probe opens its sockets itself, since it measures each phase of a request; of this room it
/// takes TLS and the rules of redirects.
@NullMarked
package io.pharos.http;

import org.jspecify.annotations.NullMarked;
