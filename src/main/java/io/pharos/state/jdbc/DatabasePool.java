package io.pharos.state.jdbc;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.AgroalDataSourceListener;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;

/// The connections to an open database. Thread-safe.
///
/// By default, H2 writes to the file of an embedded database when its last connection is closed. If
/// the disk rejects that, H2 2.4 closes the file again within closing it, and waits for itself for
/// ever, with full CPU load. So the file stays open without connections, and [#close] closes it
/// without a write. No commit is lost, see [Dialect#makeDurable].
final class DatabasePool implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 8;
  private static final int VALIDATION_SECONDS = 2;
  private static final Duration ACQUISITION = Duration.ofSeconds(3);

  /// Timeout for a connection to an embedded database. It is long, because only a busy machine
  /// delays opening a file, and giving up would not help then.
  private static final Duration EMBEDDED_ACQUISITION = Duration.ofSeconds(30);

  private final AgroalDataSource source;

  /* Usually one. A connection that is opened after H2 has closed the file opens it again. */
  private final Set<org.h2.engine.Database> files = ConcurrentHashMap.newKeySet();

  private DatabasePool(DatabaseConfig config, Map<String, String> properties) throws SQLException {
    var noteFile =
        new AgroalDataSourceListener() {
          @Override
          public void onConnectionCreation(Connection connection) {
            file(connection).ifPresent(files::add);
          }
        };
    this.source = AgroalDataSource.from(settings(config, properties), noteFile);
  }

  private static Optional<org.h2.engine.Database> file(Connection connection) {
    return connection instanceof JdbcConnection embedded
            && embedded.getSession() instanceof SessionLocal session
        ? Optional.of(session.getDatabase())
        : Optional.empty();
  }

  /// Opens a database. A database server limits how long a call may take.
  static DatabasePool open(DatabaseConfig config) throws SQLException {
    return new DatabasePool(config, config.dialect().timeouts());
  }

  /// Opens a database for calls of any duration.
  static DatabasePool openWithoutTimeouts(DatabaseConfig config) throws SQLException {
    return new DatabasePool(config, Map.of());
  }

  private static AgroalDataSourceConfigurationSupplier settings(
      DatabaseConfig config, Map<String, String> properties) {
    boolean embedded = config.embedded().isPresent();
    return new AgroalDataSourceConfigurationSupplier()
        .connectionPoolConfiguration(
            pool ->
                pool.initialSize(1)
                    .minSize(1)
                    .maxSize(MAX_CONNECTIONS)
                    .acquisitionTimeout(embedded ? EMBEDDED_ACQUISITION : ACQUISITION)
                    .validateOnBorrow(!embedded)
                    .connectionValidator(
                        ConnectionValidator.defaultValidatorWithTimeout(VALIDATION_SECONDS))
                    .connectionFactoryConfiguration(
                        factory -> {
                          properties.forEach(factory::jdbcProperty);
                          return factory
                              .connectionProviderClassName(config.dialect().driver())
                              .jdbcUrl(config.jdbcUrl())
                              .principal(new NamePrincipal(config.user()))
                              .credential(new SimplePassword(config.password()));
                        }));
  }

  /// Lends a connection; closing it gives it back.
  Connection connection() throws SQLException {
    return source.getConnection();
  }

  DataSource source() {
    return source;
  }

  /// Closes the connections and an embedded database. Transactions that were not committed are
  /// lost.
  @Override
  public void close() {
    source.close();
    // The statement `shutdown immediately` would let threads in a transaction wait for ever.
    files.forEach(org.h2.engine.Database::shutdownImmediately);
  }
}
