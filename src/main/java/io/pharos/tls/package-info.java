/// TLS from files: what a configuration says about certificates, turned into what the JDK's TLS
/// needs. Scraping, probing and whatever else speaks HTTPS share it.
///
/// Files are read when a context is made; [TlsOptions#files] tells which ones to watch.
@NullMarked
package io.pharos.tls;

import org.jspecify.annotations.NullMarked;
