package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A `tls_config` section in Prometheus' notation.
///
/// @param caFile PEM certificates to trust instead of the JDK's
/// @param certFile the client's PEM certificate chain; given together with the key
/// @param keyFile the client's PEM private key
/// @param serverName the name that the certificate must have, instead of the address; may be empty
/// @param insecureSkipVerify trust any certificate
/// @param minVersion the lowest protocol version
/// @param maxVersion the highest protocol version
public record TlsOptions(
    @Nullable Path caFile,
    @Nullable Path certFile,
    @Nullable Path keyFile,
    String serverName,
    boolean insecureSkipVerify,
    Version minVersion,
    Version maxVersion) {

  /// A version of TLS, with the JDK's name for it.
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
      for (Version version : values()) {
        if (version.name().equals(text)) {
          return version;
        }
      }
      throw new NumberFormatException(text);
    }
  }

  /// The JDK's trust store, TLS 1.2 or 1.3, no client certificate.
  public static final TlsOptions DEFAULT =
      new TlsOptions(null, null, null, "", false, Version.TLS12, Version.TLS13);

  public TlsOptions {
    requireNonNull(serverName, "serverName is null");
    if ((certFile == null) != (keyFile == null)) {
      throw new IllegalArgumentException("cert_file and key_file must be given together");
    }
    if (minVersion.compareTo(maxVersion) > 0) {
      throw new IllegalArgumentException(
          "min_version " + minVersion + " is above max_version " + maxVersion);
    }
  }

  /// Reads the section; paths are relative to the directory given.
  ///
  /// @throws ConfigException on a key or value that is not supported
  public static TlsOptions read(YamlValue section, Path directory) {
    YamlMap map = section.asMap();
    String inline = "put it into a file and name the file";
    for (String key : List.of("ca", "cert", "key", "ca_ref", "cert_ref", "key_ref")) {
      map.unsupported(key, inline);
    }
    Path caFile = path(map, "ca_file", directory).orElse(null);
    Path certFile = path(map, "cert_file", directory).orElse(null);
    Path keyFile = path(map, "key_file", directory).orElse(null);
    String serverName = map.string("server_name", "");
    boolean insecure = map.bool("insecure_skip_verify", false);
    Version min = version(map, "min_version", Version.TLS12);
    Version max = version(map, "max_version", Version.TLS13);
    map.finish();
    try {
      return new TlsOptions(caFile, certFile, keyFile, serverName, insecure, min, max);
    } catch (IllegalArgumentException e) {
      throw map.error(requireNonNull(e.getMessage()));
    }
  }

  private static Optional<Path> path(YamlMap map, String key, Path directory) {
    return map.get(key)
        .map(YamlValue::asString)
        .filter(text -> !text.isEmpty())
        .map(text -> directory.resolve(text).normalize());
  }

  private static Version version(YamlMap map, String key, Version otherwise) {
    return map.get(key)
        .map(value -> value.parse("one of TLS10, TLS11, TLS12, TLS13", Version::parse))
        .orElse(otherwise);
  }

  /// The files that a context made of these options depends on.
  public List<Path> files() {
    return Stream.of(caFile, certFile, keyFile).flatMap(Stream::ofNullable).toList();
  }

  /// The protocol versions allowed, by the JDK's names.
  public List<String> protocols() {
    return Stream.of(Version.values())
        .filter(version -> version.compareTo(minVersion) >= 0)
        .filter(version -> version.compareTo(maxVersion) <= 0)
        .map(version -> version.protocol)
        .toList();
  }

  @Override
  public String toString() {
    return "TlsOptions[ca_file="
        + caFile
        + ", cert_file="
        + certFile
        + ", key_file="
        + keyFile
        + ", server_name="
        + Quoted.of(serverName)
        + ", insecure_skip_verify="
        + insecureSkipVerify
        + ", "
        + minVersion
        + ".."
        + maxVersion
        + "]";
  }
}
