package io.pharos.state;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/// A PostgreSQL for tests: the server of `PHAROS_TEST_JDBC_URL`, with `…_USER` and `…_PASSWORD`, or
/// a new one.
public final class TestingPostgres implements AutoCloseable {
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
    EmbeddedPostgres own = EmbeddedPostgres.start();
    return new TestingPostgres(
        own,
        new StoreConfig.Postgresql(own.getJdbcUrl("postgres", "postgres"), "postgres", "postgres"));
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
