package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

/// How a TLS connection is made. Certificates and keys are PEM, in the configuration or in files;
/// files are read when a client is made.
///
/// @param ca the authorities that are trusted instead of the system's
/// @param cert the client's certificate, with [#key]
/// @param key the client's key
/// @param serverName the name that the server's certificate must carry; empty for the address' own
/// @param insecureSkipVerify accept any certificate
/// @param minVersion `TLS10` to `TLS13`; empty for the default
/// @param maxVersion `TLS10` to `TLS13`; empty for the default
public record TlsConfig(
    SecretValue ca,
    SecretValue cert,
    SecretValue key,
    String serverName,
    boolean insecureSkipVerify,
    String minVersion,
    String maxVersion) {
  public static final TlsConfig DEFAULT =
      new TlsConfig(
          SecretValue.unset(), SecretValue.unset(), SecretValue.unset(), "", false, "", "");

  public TlsConfig {
    requireNonNull(ca, "ca is null");
    requireNonNull(serverName, "serverName is null");
    requireNonNull(minVersion, "minVersion is null");
    requireNonNull(maxVersion, "maxVersion is null");
    if (cert.isSet() != key.isSet()) {
      throw new IllegalArgumentException("certificate and key must be given together");
    }
  }
}
