/// What goes out over HTTP: clients that don't leak, TLS from files, credentials.
///
/// Files are read when a context is made; [io.pharos.config.http.TlsOptions#files] tells which ones
/// to watch.
@NullMarked
package io.pharos.http;

import org.jspecify.annotations.NullMarked;
