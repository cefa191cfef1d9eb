package io.pharos.migration.run;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

/// The address and credentials of the backend's PostgreSQL.
///
/// @param jdbcUrl `jdbc:postgresql:…`
/// @param password never printed; empty for none
public record BackendDatabase(String jdbcUrl, String user, String password) {
  private static final String CONNECT_SECONDS = "10";

  public BackendDatabase {
    requireNonNull(user, "user is null");
    requireNonNull(password, "password is null");
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("expected jdbc:postgresql:…, found " + plain(jdbcUrl));
    }
  }

  /// Returns the connection properties of the driver.
  ///
  /// @param readOnly whether the server must refuse every change
  Map<String, String> properties(boolean readOnly) {
    var properties =
        new HashMap<>(
            Map.of(
                "ApplicationName",
                "pharos migrate-backend",
                "connectTimeout",
                CONNECT_SECONDS,
                "tcpKeepAlive",
                "true"));
    if (readOnly) {
      properties.put("options", "-c default_transaction_read_only=on");
    }
    return properties;
  }

  /* Parameters may contain secrets. */
  private static String plain(String url) {
    int end = url.indexOf('?');
    return end < 0 ? url : url.substring(0, end);
  }

  @Override
  public String toString() {
    return plain(jdbcUrl) + " as " + user;
  }
}
