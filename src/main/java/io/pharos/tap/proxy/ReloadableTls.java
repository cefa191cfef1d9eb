package io.pharos.tap.proxy;

import io.pharos.config.http.TlsOptions;
import io.pharos.http.TlsContext;
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

/// The certificates of a tap, whose files may change meanwhile. A reading that fails leaves what
/// held before. Thread-safe.
final class ReloadableTls {
  private final TapOptions options;
  private final List<Path> files;
  private volatile Optional<SSLOptions> upstream;
  private final Optional<RenewedKey> key;
  private List<FileStamp> stamps;

  /// Reads the files.
  ///
  /// @throws IOException when one can't be read or is no certificate or key; the message has its
  ///   name
  ReloadableTls(TapOptions options) throws IOException {
    this.options = options;
    files =
        Stream.of(options.upstreamTls(), options.tls())
            .flatMap(tls -> tls.files().stream())
            .toList();
    stamps = stamps();
    upstream = readUpstream();
    key = TlsContext.key(options.tls()).map(RenewedKey::new);
  }

  /// How to speak TLS to the backend; empty where it is spoken to without.
  Optional<SSLOptions> upstream() {
    return upstream;
  }

  /// How to speak TLS to clients, with the certificate of each moment; empty where they come
  /// without.
  Optional<SSLOptions> listening() {
    return key.map(it -> plain(options.tls()).setKeyCertOptions(KeyCertOptions.wrap(it)));
  }

  /// Whether a file is another than was read last.
  synchronized boolean hasChanged() {
    return !stamps().equals(stamps);
  }

  /// Reads the files again.
  ///
  /// @throws IOException as the constructor; what was read before holds then
  synchronized void reload() throws IOException {
    stamps = stamps();
    Optional<SSLOptions> nextUpstream = readUpstream();
    Optional<X509KeyManager> nextKey = TlsContext.key(options.tls());
    key.ifPresent(shown -> nextKey.ifPresent(shown::renew));
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
    SSLOptions made = plain(tls).setTrustOptions(TrustOptions.wrap(TlsContext.trust(tls)));
    Optional<X509KeyManager> key = TlsContext.key(tls);
    key.map(KeyCertOptions::wrap).ifPresent(made::setKeyCertOptions);
    return Optional.of(made);
  }

  private static SSLOptions plain(TlsOptions tls) {
    return new SSLOptions()
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(tls.protocols()));
  }
}
