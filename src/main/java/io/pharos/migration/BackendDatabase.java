package io.pharos.migration;

import static java.util.Objects.requireNonNull;

import org.postgresql.ds.PGSimpleDataSource;

/// Where the backend's PostgreSQL is.
///
/// @param jdbcUrl `jdbc:postgresql:…`
/// @param password never printed; empty for none
public record BackendDatabase(String jdbcUrl, String user, String password) {
  private static final int CONNECT_SECONDS = 10;

  public BackendDatabase {
    requireNonNull(user, "user is null");
    requireNonNull(password, "password is null");
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("expected jdbc:postgresql:…, found " + plain(jdbcUrl));
    }
  }

  /// @param readOnly whether the server is to refuse every change
  PGSimpleDataSource source(boolean readOnly) {
    var source = new PGSimpleDataSource();
    source.setURL(jdbcUrl);
    source.setUser(user);
    source.setPassword(password);
    source.setApplicationName("pharos migrate-backend");
    source.setConnectTimeout(CONNECT_SECONDS);
    source.setTcpKeepAlive(true);
    if (readOnly) {
      source.setOptions("-c default_transaction_read_only=on");
    }
    return source;
  }

  /* Parameters may be secret. */
  private static String plain(String url) {
    int end = url.indexOf('?');
    return end < 0 ? url : url.substring(0, end);
  }

  @Override
  public String toString() {
    return plain(jdbcUrl) + " as " + user;
  }
}
