package io.pharos.tap.proxy;

import io.pharos.config.http.TlsOptions;
import io.pharos.http.TlsContext;
import io.pharos.tap.proxy.ReloadableRoutes.FileStamp;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.X509KeyManager;

/// The certificates of a tap, which can be reloaded. If a reload fails, the previous certificates
/// remain in use. Thread-safe.
final class ReloadableTls {
  private final TapOptions options;
  private final List<Path> files;
  private volatile Optional<SSLOptions> upstream;
  private final Optional<ReloadableKeyManager> key;
  private List<FileStamp> stamps;

  /// Reads the files.
  ///
  /// @throws IOException if a file is unreadable, or contains no certificate or key; the message
  ///   names the file
  ReloadableTls(TapOptions options) throws IOException {
    this.options = options;
    files =
        Stream.of(options.upstreamTls(), options.tls())
            .flatMap(tls -> tls.files().stream())
            .toList();
    stamps = stamps();
    upstream = readUpstream();
    key = TlsContext.key(options.tls()).map(ReloadableKeyManager::new);
  }

  /// Returns the TLS options for connections to the backend; empty for plain HTTP.
  Optional<SSLOptions> upstream() {
    return upstream;
  }

  /// Returns the TLS options of the listener; empty for plain HTTP. A reload replaces the
  /// listener's certificate.
  Optional<SSLOptions> listening() {
    return key.map(it -> withProtocols(options.tls()).setKeyCertOptions(KeyCertOptions.wrap(it)));
  }

  /// Returns whether a file has changed since the last reload.
  synchronized boolean hasChanged() {
    return !stamps().equals(stamps);
  }

  /// Reloads the files.
  ///
  /// @throws IOException if a file is unreadable, or contains no certificate or key; the previous
  ///   certificates remain
  synchronized void reload() throws IOException {
    stamps = stamps();
    Optional<SSLOptions> nextUpstream = readUpstream();
    Optional<X509KeyManager> nextKey = TlsContext.key(options.tls());
    key.ifPresent(current -> nextKey.ifPresent(current::renew));
    upstream = nextUpstream;
  }

  private List<FileStamp> stamps() {
    return files.stream().map(FileStamp::of).toList();
  }

  private Optional<SSLOptions> readUpstream() throws IOException {
    TlsOptions tls = options.upstreamTls();
    if (!options.isUpstreamTls()) {
      return Optional.empty();
    }
    SSLOptions sslOptions =
        withProtocols(tls).setTrustOptions(TrustOptions.wrap(TlsContext.trust(tls)));
    Optional<X509KeyManager> key = TlsContext.key(tls);
    key.map(KeyCertOptions::wrap).ifPresent(sslOptions::setKeyCertOptions);
    return Optional.of(sslOptions);
  }

  private static SSLOptions withProtocols(TlsOptions tls) {
    return new SSLOptions()
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(tls.protocols()));
  }
}
