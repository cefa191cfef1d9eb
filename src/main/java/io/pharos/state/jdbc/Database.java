package io.pharos.state.jdbc;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration.ConnectionValidator;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.pharos.bytes.Durability;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections to a database with the current schema. Thread-safe.
///
/// H2 closes itself when the disk does not take a write, and its connections are of no use any
/// more: they are thrown away, and the next call opens the file again. If the file is damaged it is
/// set aside, and an empty database takes its place.
///
/// A server that is away is asked again every second, on a thread of its own. Until it answers,
/// asking for a connection fails at once.
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int MAX_CONNECTIONS = 8;
  private static final int VALIDATION_SECONDS = 2;
  private static final Duration ACQUISITION = Duration.ofSeconds(3);

  /// A file is never away, it only takes long to open on a busy machine: giving up gains nothing.
  private static final Duration EMBEDDED_ACQUISITION = Duration.ofSeconds(30);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  /* H2's codes: a file that is damaged, one of another version, an error within H2. */
  private static final int FILE_CORRUPTED = 90030;
  private static final int FILE_VERSION = 90048;
  private static final int GENERAL_ERROR = 50000;

  private final DatabaseConfig config;
  private final DamagedData damages;
  private final Optional<WriteCount> writes;
  private @Nullable AgroalDataSource source;
  private boolean closed;
  private volatile String failure = "";

  /// Whether there is no file yet, so that nothing is stored.
  private volatile boolean unborn;

  /// Why the server was not reached yet; empty once it was.
  private volatile String awaited = "";

  private final List<Runnable> whenReached = new CopyOnWriteArrayList<>();
  private @Nullable Thread asking;

  private Database(DatabaseConfig config, DamagedData damages) {
    this.config = config;
    this.damages = damages;
    this.writes = config.embedded().map(WriteCount::new);
  }

  /// Opens a database. If it is embedded and this machine is to blame that it can't be opened (a
  /// full disk, no descriptors), it is opened when it is needed.
  ///
  /// @throws StoreUnavailableException when the database can't be reached or its schema can't be
  ///   migrated
  static Database open(DatabaseConfig config, DamagedData damages) {
    var database = new Database(config, damages);
    try {
      var _ = database.source();
    } catch (StoreUnavailableException e) {
      if (config.embedded().isEmpty() || !(FailureOrigin.of(e) instanceof FailureOrigin.Own own)) {
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

  /// As [#open], but an embedded database of which there is no file yet is made when something is
  /// stored: who has no deployments pays for no database.
  static Database openWhenNeeded(DatabaseConfig config, DamagedData damages) {
    var database = new Database(config, damages);
    boolean lost = database.writes.flatMap(WriteCount::missingFile).isPresent();
    if (!lost && config.embedded().map(file -> !Files.exists(file)).orElse(false)) {
      database.unborn = true;
      return database;
    }
    return open(config, damages);
  }

  /// Whether it is known without asking it that it has no rows.
  boolean isUnborn() {
    return unborn;
  }

  /// As [#open], but a server whose trouble can pass is waited for.
  ///
  /// @throws StoreUnavailableException when waiting would not help: the server refuses this user,
  ///   has no such database, or one whose schema is of another version
  static Database openOrAwait(DatabaseConfig config, DamagedData damages) {
    try {
      return open(config, damages);
    } catch (StoreUnavailableException e) {
      if (config.embedded().isPresent() || !mayPass(config.dialect(), e)) {
        throw e;
      }
      var database = new Database(config, damages);
      database.await(e);
      return database;
    }
  }

  private static boolean mayPass(Dialect dialect, Throwable problem) {
    if (FailureOrigin.of(problem) instanceof FailureOrigin.Own) {
      return true;
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException
          || (cause instanceof SQLException e && dialect.mayPass(e))) {
        return true;
      }
    }
    return false;
  }

  private synchronized void await(StoreUnavailableException problem) {
    noteAwaited(problem);
    asking = Thread.ofPlatform().daemon().name("database").start(this::ask);
  }

  private void noteAwaited(StoreUnavailableException problem) {
    String reason = reason(problem);
    if (!reason.equals(awaited)) {
      LOG.error("{} is waited for, only urgent alerts are told: {}", config, reason);
    }
    awaited = reason;
    failure = reason;
  }

  /* The innermost message of JDBC: those around it are long and say no more. The parameters of the
   * URL may be secret. */
  private String reason(Throwable problem) {
    Throwable last = problem;
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException && cause.getMessage() != null) {
        last = cause;
      }
    }
    String url = config.jdbcUrl();
    return String.valueOf(last.getMessage()).replace(url, url.replaceAll("[?;].*", ""));
  }

  private void ask() {
    try {
      while (!awaited.isEmpty()) {
        Thread.sleep(ASK_AGAIN);
        try {
          reached(connect());
        } catch (StoreUnavailableException e) {
          noteAwaited(e);
        } catch (RuntimeException | Error e) {
          LOG.error("{} is asked again after an error", config, e);
        }
      }
      for (Runnable action : whenReached) {
        run(action);
      }
    } catch (InterruptedException _) {
      // Closed.
    }
  }

  private synchronized void reached(AgroalDataSource opened) {
    if (closed) {
      opened.close();
      return;
    }
    LOG.info("{} is reached", config);
    source = opened;
    awaited = "";
    failure = "";
  }

  private static void run(Runnable action) throws InterruptedException {
    while (true) {
      try {
        action.run();
        return;
      } catch (RuntimeException e) {
        LOG.warn("tried again: {}", e.getMessage());
        Thread.sleep(ASK_AGAIN);
      }
    }
  }

  /// Has something done now, or once the server is reached that is waited for: by a thread that
  /// does it again where it throws.
  void whenReached(Runnable action) {
    synchronized (this) {
      if (!awaited.isEmpty()) {
        whenReached.add(action);
        return;
      }
    }
    action.run();
  }

  Dialect dialect() {
    return config.dialect();
  }

  /// A connection of the pool.
  Connection connection() throws SQLException {
    String reason = awaited;
    if (!reason.isEmpty()) {
      throw new SQLTransientConnectionException(reason);
    }
    return source().getConnection();
  }

  private synchronized AgroalDataSource source() {
    AgroalDataSource open = source;
    if (open != null) {
      return open;
    }
    if (closed) {
      throw new StoreUnavailableException(config + " is closed", null);
    }
    writes.flatMap(WriteCount::missingFile).ifPresent(what -> setAside(what));
    try {
      open = connect();
    } catch (StoreUnavailableException e) {
      if (!isDamage(e)) {
        throw e;
      }
      setAside(String.valueOf(e.getMessage()));
      open = connect();
    }
    source = open;
    unborn = false;
    return open;
  }

  private AgroalDataSource connect() {
    AgroalDataSource opened = null;
    try {
      if (config.embedded().map(file -> !Files.exists(file)).orElse(false)) {
        migrateAside();
      }
      opened = pool(config);
      if (schema(opened).info().pending().length > 0) {
        opened.close();
        if (config.embedded().isPresent()) {
          migrateAside();
        } else {
          migrateInPlace();
        }
        opened = pool(config);
      }
      schema(opened).validate();
      if (writes.isPresent()) {
        try (Connection connection = opened.getConnection()) {
          writes.get().check(connection).ifPresent(what -> report(what, writes.get().file()));
        }
      }
      return opened;
    } catch (FlywayException | SQLException | IOException e) {
      if (opened != null) {
        opened.close();
      }
      throw new StoreUnavailableException(
          "can't prepare the schema of " + config + ": " + reason(e), e);
    }
  }

  private void migrateInPlace() throws SQLException {
    try (AgroalDataSource patient = AgroalDataSource.from(settings(config, Map.of()))) {
      schema(patient).migrate();
    }
  }

  /* H2 commits the tables of a migration and Flyway's record of it separately. A process that is
   * killed between the two leaves a file on which no migration works any more, so the schema is
   * migrated in a copy, which takes the file's place when it is whole. */
  private void migrateAside() throws SQLException, IOException {
    DatabaseConfig draftConfig = config.sibling("pharos-draft");
    Path file = config.embedded().orElseThrow();
    Path draft = draftConfig.embedded().orElseThrow();
    try {
      Files.deleteIfExists(draft);
      if (Files.exists(file)) {
        Files.copy(file, draft);
      }
      try (AgroalDataSource opened = pool(draftConfig)) {
        schema(opened).migrate();
        try (Connection connection = opened.getConnection();
            Statement statement = connection.createStatement()) {
          statement.execute("shutdown");
        }
      }
      try (FileChannel whole = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        whole.force(true);
      }
      Durability.publish(draft, file);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static Flyway schema(AgroalDataSource source) {
    return Flyway.configure(Database.class.getClassLoader())
        .dataSource(source)
        .locations("classpath:db/migration")
        .load();
  }

  private AgroalDataSource pool(DatabaseConfig which) throws SQLException {
    return AgroalDataSource.from(settings(which, dialect().patience()));
  }

  private AgroalDataSourceConfigurationSupplier settings(
      DatabaseConfig which, Map<String, String> properties) {
    return new AgroalDataSourceConfigurationSupplier()
        .connectionPoolConfiguration(
            pool ->
                pool.initialSize(1)
                    .minSize(1)
                    .maxSize(MAX_CONNECTIONS)
                    .acquisitionTimeout(
                        dialect() == Dialect.H2 ? EMBEDDED_ACQUISITION : ACQUISITION)
                    .validateOnBorrow(dialect() == Dialect.POSTGRESQL)
                    .connectionValidator(
                        ConnectionValidator.defaultValidatorWithTimeout(VALIDATION_SECONDS))
                    .connectionFactoryConfiguration(
                        factory -> {
                          properties.forEach(factory::jdbcProperty);
                          return factory
                              .connectionProviderClassName(dialect().driver())
                              .jdbcUrl(which.jdbcUrl())
                              .principal(new NamePrincipal(which.user()))
                              .credential(new SimplePassword(which.password()));
                        }));
  }

  private boolean isDamage(Throwable problem) {
    if (config.embedded().isEmpty() || FailureOrigin.of(problem) instanceof FailureOrigin.Own) {
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
    Path file = config.embedded().orElseThrow();
    Path aside = damages.aside(file);
    try {
      if (Files.exists(file)) {
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      }
      writes.orElseThrow().reset();
    } catch (IOException e) {
      throw new StoreUnavailableException(
          file + " is damaged (" + what + ") and can't be moved out of the way: " + e.getMessage(),
          e);
    }
    report(
        what + "; deployments and gates of before are lost, the file is kept as " + aside, aside);
  }

  private void report(String what, Path aside) {
    LOG.error("{}", what);
    damages.found(DamagedData.Part.DATABASE, what, aside);
  }

  /// Counts a transaction of an embedded database, within it.
  ///
  /// @return to be run when it is committed
  Runnable count(Connection connection) throws SQLException {
    return writes.isEmpty() ? () -> {} : writes.get().next(connection);
  }

  /// Why the last write failed; empty if it did not.
  String failure() {
    return failure;
  }

  /// Takes note of a transaction that is stored.
  void worked() {
    failure = "";
  }

  /// Takes note of a failure, after which an embedded database may have to be opened again.
  synchronized void failed(SQLException problem) {
    if (FailureOrigin.of(problem) instanceof FailureOrigin.Own own) {
      failure = own.reason();
    } else if (!dialect().isOfTheStatement(problem)) {
      failure = String.valueOf(problem.getMessage());
    }
    AgroalDataSource open = source;
    if (open == null || config.embedded().isEmpty()) {
      return;
    }
    if (isLost(problem)) {
      LOG.warn("{}: opening it again after: {}", config, problem.getMessage());
      source = null;
      open.close();
      if (isDamage(problem) && problem.getErrorCode() == FILE_CORRUPTED) {
        setAside(String.valueOf(problem.getMessage()));
      }
    }
  }

  /// Whether an embedded database has closed itself over a problem, so that nothing is left to roll
  /// back. It is not to be asked anything any more: H2 2.4 counts the end of a failed transaction
  /// twice then, and waits for ever, at full speed, for the count to be right again.
  boolean isLost(Throwable problem) {
    return config.embedded().isPresent() && problem instanceof SQLException e && isFatal(e);
  }

  private static boolean isFatal(SQLException problem) {
    return switch (problem.getErrorCode()) {
      case GENERAL_ERROR, FILE_CORRUPTED, 90028, 90031, 90067, 90098, 90121 -> true;
      default -> false;
    };
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (asking != null) {
      asking.interrupt();
    }
    if (source != null) {
      source.close();
    }
  }
}
