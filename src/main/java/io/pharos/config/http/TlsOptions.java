package io.pharos.config.http;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A `tls_config` section. Certificates and keys are PEM.
///
/// @param ca trusted authorities, used instead of the JDK's
/// @param cert the client's certificate chain; requires [#key]
/// @param serverName name that the server's certificate must contain; empty for the host of the URL
/// @param minVersion lowest protocol version; null for TLS 1.2
/// @param maxVersion highest protocol version; null for TLS 1.3
public record TlsOptions(
    SecretSource ca,
    SecretSource cert,
    SecretSource key,
    String serverName,
    boolean insecureSkipVerify,
    @Nullable Version minVersion,
    @Nullable Version maxVersion) {

  /// A version of TLS, with the name that the JDK uses.
  public enum Version {
    TLS10("TLSv1"),
    TLS11("TLSv1.1"),
    TLS12("TLSv1.2"),
    TLS13("TLSv1.3");

    private final String protocol;

    Version(String protocol) {
      this.protocol = protocol;
    }

    static Version parse(String text) {
      return Stream.of(values())
          .filter(version -> version.name().equals(text))
          .findFirst()
          .orElseThrow(() -> new NumberFormatException(text));
    }
  }

  /// The JDK's trust store, TLS 1.2 or 1.3, no client certificate.
  public static final TlsOptions DEFAULT =
      new TlsOptions(
          SecretSource.unset(), SecretSource.unset(), SecretSource.unset(), "", false, null, null);

  public TlsOptions {
    if (cert.isSet() != key.isSet()) {
      throw new IllegalArgumentException(
          "cert (or cert_file) and key (or key_file) must be given together");
    }
    if (lowest(minVersion).compareTo(highest(maxVersion)) > 0) {
      throw new IllegalArgumentException(
          "min_version " + lowest(minVersion) + " is above max_version " + highest(maxVersion));
    }
  }

  private static Version lowest(@Nullable Version minVersion) {
    return minVersion == null ? Version.TLS12 : minVersion;
  }

  private static Version highest(@Nullable Version maxVersion) {
    return maxVersion == null ? Version.TLS13 : maxVersion;
  }

  /// Returns all files that these options refer to.
  public List<Path> files() {
    return Stream.of(ca, cert, key)
        .flatMap(
            source ->
                source instanceof SecretSource.FromFile(Path file) ? Stream.of(file) : Stream.of())
        .toList();
  }

  /// Returns the allowed protocol versions by their names in the JDK.
  public List<String> protocols() {
    return Stream.of(Version.values())
        .filter(version -> version.compareTo(lowest(minVersion)) >= 0)
        .filter(version -> version.compareTo(highest(maxVersion)) <= 0)
        .map(version -> version.protocol)
        .toList();
  }
}
