package io.pharos.store;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.pharos.trouble.Damages;
import io.pharos.trouble.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections to a database with the current schema. Thread-safe.
///
/// An embedded database closes itself at a write that the disk did not take, for good as far as its
/// connections go: they are thrown away, and the next call opens it again. One whose file is
/// damaged is set aside, and an empty one takes its place.
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int MAX_CONNECTIONS = 8;
  private static final Duration ACQUISITION = Duration.ofSeconds(3);

  /* H2's words: a file that can't be read as one, and what an error inside of it becomes. */
  private static final int FILE_CORRUPTED = 90030;
  private static final int FILE_VERSION = 90048;
  private static final int GENERAL_ERROR = 50000;

  private final StoreConfig config;
  private final Dialect dialect;
  private final Damages damages;
  private final Optional<WriteCount> writes;
  private @Nullable AgroalDataSource source;
  private boolean closed;
  private volatile String failure = "";

  private Database(StoreConfig config, Dialect dialect, Damages damages) {
    this.config = config;
    this.dialect = dialect;
    this.damages = damages;
    this.writes = config.embeddedFile().map(WriteCount::new);
  }

  /// Opens a database. One that is embedded and can't be opened because of trouble of this machine
  /// is opened when it is needed.
  ///
  /// @throws StoreException when the database can't be reached or its schema can't be migrated
  static Database open(StoreConfig config, Dialect dialect, Damages damages) {
    var database = new Database(config, dialect, damages);
    try {
      var _ = database.source();
    } catch (StoreException e) {
      if (config.embeddedFile().isEmpty() || !(Fault.of(e) instanceof Fault.Own own)) {
        throw e;
      }
      database.failure = own.reason();
      LOG.error(
          "{} can't be opened at the moment, deployments and gates are not available: {}",
          config,
          own.reason());
    }
    return database;
  }

  Dialect dialect() {
    return dialect;
  }

  /// A connection of the pool.
  Connection connection() throws SQLException {
    return source().getConnection();
  }

  private synchronized AgroalDataSource source() {
    AgroalDataSource open = source;
    if (open != null) {
      return open;
    }
    if (closed) {
      throw new StoreException(config + " is closed", null);
    }
    writes.flatMap(WriteCount::missingFile).ifPresent(what -> setAside(what));
    try {
      open = connect();
    } catch (StoreException e) {
      if (!isDamage(e)) {
        throw e;
      }
      setAside(String.valueOf(e.getMessage()));
      open = connect();
    }
    source = open;
    return open;
  }

  private AgroalDataSource connect() {
    boolean existed = config.embeddedFile().map(file -> Files.exists(file)).orElse(true);
    try {
      return connectAndMigrate();
    } catch (StoreException e) {
      if (!existed) {
        deleteUnfinished(e);
      }
      throw e;
    }
  }

  /* A schema that was made in part can't be gone on with. */
  private void deleteUnfinished(StoreException problem) {
    try {
      Files.deleteIfExists(config.embeddedFile().orElseThrow());
    } catch (IOException e) {
      problem.addSuppressed(e);
    }
  }

  private AgroalDataSource connectAndMigrate() {
    AgroalDataSource opened;
    try {
      opened = AgroalDataSource.from(settings());
    } catch (SQLException e) {
      throw new StoreException("can't open " + config + ": " + e.getMessage(), e);
    }
    try {
      Flyway.configure(Store.class.getClassLoader())
          .dataSource(opened)
          .locations("classpath:db/migration")
          .load()
          .migrate();
      if (writes.isPresent()) {
        try (Connection connection = opened.getConnection()) {
          writes.get().check(connection).ifPresent(what -> report(what, writes.get().file()));
        }
      }
      return opened;
    } catch (FlywayException | SQLException e) {
      opened.close();
      throw new StoreException("can't prepare the schema of " + config + ": " + e.getMessage(), e);
    }
  }

  private AgroalDataSourceConfigurationSupplier settings() {
    return new AgroalDataSourceConfigurationSupplier()
        .connectionPoolConfiguration(
            pool ->
                pool.initialSize(1)
                    .minSize(1)
                    .maxSize(MAX_CONNECTIONS)
                    .acquisitionTimeout(ACQUISITION)
                    .validateOnBorrow(dialect == Dialect.POSTGRESQL)
                    .connectionFactoryConfiguration(
                        factory ->
                            factory
                                .connectionProviderClassName(dialect.driver())
                                .jdbcUrl(config.jdbcUrl())
                                .principal(new NamePrincipal(config.user()))
                                .credential(new SimplePassword(config.password()))));
  }

  private boolean isDamage(Throwable problem) {
    if (config.embeddedFile().isEmpty() || Fault.of(problem) instanceof Fault.Own) {
      return false;
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException e) {
        switch (e.getErrorCode()) {
          case FILE_CORRUPTED, FILE_VERSION, GENERAL_ERROR -> {
            return true;
          }
          default -> {}
        }
      }
    }
    return false;
  }

  private void setAside(String what) {
    Path file = config.embeddedFile().orElseThrow();
    Path aside = damages.aside(file);
    try {
      if (Files.exists(file)) {
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      }
      writes.orElseThrow().reset();
    } catch (IOException e) {
      throw new StoreException(
          file + " is damaged (" + what + ") and can't be moved out of the way: " + e.getMessage(),
          e);
    }
    report(
        what + "; deployments and gates of before are lost, the file is kept as " + aside, aside);
  }

  private void report(String what, Path aside) {
    LOG.error("{}", what);
    damages.found(Damages.Part.DATABASE, what, aside);
  }

  /// Counts a transaction of an embedded database, within it.
  ///
  /// @return to be run when it is committed
  Runnable count(Connection connection) throws SQLException {
    return writes.isEmpty() ? () -> {} : writes.get().next(connection);
  }

  /// Why it did not do the last write; empty where it did.
  String failure() {
    return failure;
  }

  /// Takes note of a transaction that is stored.
  void worked() {
    failure = "";
  }

  /// Takes note of a failure: of an embedded database it may be the last that its connections do.
  synchronized void failed(SQLException problem) {
    if (Fault.of(problem) instanceof Fault.Own own) {
      failure = own.reason();
    }
    AgroalDataSource open = source;
    if (open == null || config.embeddedFile().isEmpty()) {
      return;
    }
    switch (problem.getErrorCode()) {
      case GENERAL_ERROR, FILE_CORRUPTED, 90028, 90031, 90067, 90098, 90121 -> {
        LOG.warn("{}: opening it again after: {}", config, problem.getMessage());
        source = null;
        open.close();
        if (isDamage(problem) && problem.getErrorCode() == FILE_CORRUPTED) {
          setAside(String.valueOf(problem.getMessage()));
        }
      }
      default -> {}
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (source != null) {
      source.close();
    }
  }
}
