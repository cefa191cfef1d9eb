package io.pharos.alertmanager;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a TLS connection is made. Files are read when a connection is made.
///
/// @param caFile the authorities that are trusted instead of the system's
/// @param certFile the client's certificate, with [#keyFile]
/// @param keyFile the client's key
/// @param serverName the name that the server's certificate must carry; empty for the address' own
/// @param insecureSkipVerify accept any certificate
/// @param minVersion `TLS10` to `TLS13`; empty for the default
/// @param maxVersion `TLS10` to `TLS13`; empty for the default
public record TlsConfig(
    @Nullable Path caFile,
    @Nullable Path certFile,
    @Nullable Path keyFile,
    String serverName,
    boolean insecureSkipVerify,
    String minVersion,
    String maxVersion) {
  public static final TlsConfig DEFAULT = new TlsConfig(null, null, null, "", false, "", "");

  public TlsConfig {
    requireNonNull(serverName, "serverName is null");
    requireNonNull(minVersion, "minVersion is null");
    requireNonNull(maxVersion, "maxVersion is null");
    if ((certFile == null) != (keyFile == null)) {
      throw new IllegalArgumentException("cert_file and key_file must be given together");
    }
  }
}
