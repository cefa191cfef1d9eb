package io.pharos.state;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;

/// A PostgreSQL for tests: the server of `PHAROS_TEST_JDBC_URL`, with `…_USER` and `…_PASSWORD`, or
/// a new one.
public final class TestingPostgres implements AutoCloseable {
  /// Other tests may use all processors meanwhile.
  private static final Duration STARTUP = Duration.ofMinutes(2);

  /// The driver's limit for the first answer of a server; 5 s if not set.
  private static final String FIRST_ANSWER = "sslResponseTimeout";

  private final EmbeddedPostgres own;
  private final StoreConfig.Postgresql config;

  private TestingPostgres(EmbeddedPostgres own, StoreConfig.Postgresql config) {
    this.own = own;
    this.config = config;
  }

  public static TestingPostgres start() throws IOException {
    String url = System.getenv("PHAROS_TEST_JDBC_URL");
    if (url != null) {
      return new TestingPostgres(
          null,
          new StoreConfig.Postgresql(
              url,
              System.getenv("PHAROS_TEST_JDBC_USER"),
              System.getenv("PHAROS_TEST_JDBC_PASSWORD")));
    }
    EmbeddedPostgres own = builder().start();
    return new TestingPostgres(
        own,
        new StoreConfig.Postgresql(own.getJdbcUrl("postgres", "postgres"), "postgres", "postgres"));
  }

  /// Returns a builder of a server that may start slowly.
  public static EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder()
        .setPGStartupWait(STARTUP)
        .setConnectConfig(FIRST_ANSWER, String.valueOf(STARTUP.toMillis()));
  }

  public StoreConfig.Postgresql config() {
    return config;
  }

  /// Deletes everything.
  public StoreConfig.Postgresql empty() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("drop schema public cascade");
      statement.execute("create schema public");
    }
    return config;
  }

  /// With the driver itself: the drivers of DriverManager depend on the first test that runs.
  public Connection connect() throws SQLException {
    var login = new Properties();
    login.setProperty("user", config.user());
    login.setProperty("password", config.password());
    login.setProperty(FIRST_ANSWER, String.valueOf(STARTUP.toMillis()));
    try {
      var driver =
          (Driver) Class.forName("org.postgresql.Driver").getDeclaredConstructor().newInstance();
      return driver.connect(config.jdbcUrl(), login);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the PostgreSQL driver is not there", e);
    }
  }

  @Override
  public void close() throws IOException {
    if (own != null) {
      own.close();
    }
  }
}
