package io.pharos.state.jdbc;

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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections to a database with the current schema. Thread-safe.
///
/// H2 closes itself when a write to the disk fails. Its connections are useless after that, so they
/// are dropped, and the next call opens the file again. A damaged file is set aside and replaced by
/// an empty database.
///
/// If a database server is unreachable, a background thread tries to connect every second. Until it
/// succeeds, requests for a connection fail at once.
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final Duration RETRY_INTERVAL = Duration.ofSeconds(1);

  /* Error codes of H2: a damaged file, a file of another version, an error within H2. */
  private static final int FILE_CORRUPTED = 90030;
  private static final int FILE_VERSION = 90048;
  private static final int GENERAL_ERROR = 50000;

  private final DatabaseConfig config;
  private static final Executor UNINTERRUPTED =
      work -> Thread.ofVirtual().name("database").start(work);

  private final DamagedData damages;
  private final Optional<WriteCount> writes;
  private final AtomicLong endedWrites = new AtomicLong();
  private @Nullable DatabasePool source;
  private boolean closed;
  private volatile String failure = "";

  /// Whether the file does not exist yet because nothing was stored.
  private volatile boolean notCreated;

  /// Why the server has not been reached yet; empty after it was reached.
  private volatile String unreachableReason = "";

  private final List<Runnable> whenReached = new CopyOnWriteArrayList<>();
  private @Nullable Thread connecting;

  private Database(DatabaseConfig config, DamagedData damages) {
    this.config = config;
    this.damages = damages;
    this.writes = config.embedded().map(WriteCount::new);
  }

  /// Opens a database. If an embedded database can't be opened because of this machine (a full
  /// disk, no descriptors), the next call that needs the database opens it.
  ///
  /// @throws StoreUnavailableException if the database can't be reached or its schema can't be
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
          "{} can't be opened now, so deployments and gates are unavailable; retrying when they are used: {}",
          config,
          own.reason());
    }
    return database;
  }

  /// Opens a database like [#open], except that a missing embedded database is only created when
  /// something is stored: a user without deployments needs no database.
  static Database openWhenNeeded(DatabaseConfig config, DamagedData damages) {
    var database = new Database(config, damages);
    boolean fileIsLost = database.writes.flatMap(WriteCount::missingFile).isPresent();
    if (!fileIsLost && config.embedded().map(file -> !Files.exists(file)).orElse(false)) {
      database.notCreated = true;
      return database;
    }
    return open(config, damages);
  }

  /// Returns whether the database does not exist yet, so that it has no rows.
  boolean isNotCreated() {
    return notCreated;
  }

  /// Opens a database like [#open]. If a server is unreachable and the trouble may be temporary,
  /// returns and connects in the background.
  ///
  /// @throws StoreUnavailableException if waiting would not help: the server rejects the user, or
  ///   has no such database, or one with another version of the schema
  static Database openOrAwait(DatabaseConfig config, DamagedData damages) {
    try {
      return open(config, damages);
    } catch (StoreUnavailableException e) {
      if (config.embedded().isPresent() || !isTemporary(config.dialect(), e)) {
        throw e;
      }
      var database = new Database(config, damages);
      database.await(e);
      return database;
    }
  }

  private static boolean isTemporary(Dialect dialect, Throwable problem) {
    if (FailureOrigin.of(problem) instanceof FailureOrigin.Own) {
      return true;
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException
          || (cause instanceof SQLException e && dialect.isTemporary(e))) {
        return true;
      }
    }
    return false;
  }

  private synchronized void await(StoreUnavailableException problem) {
    noteUnreachable(problem);
    connecting = Thread.ofPlatform().daemon().name("database").start(this::connectUntilReached);
  }

  private void noteUnreachable(StoreUnavailableException problem) {
    String reason = reason(problem);
    if (!reason.equals(unreachableReason)) {
      LOG.error(
          "{} is unreachable; retrying every second, only urgent alerts are notified: {}",
          config,
          reason);
    }
    unreachableReason = reason;
    failure = reason;
  }

  /* Returns JDBC's innermost message, because the outer messages are long and add no information.
   * Removes the parameters of the URL, which may contain secrets. */
  private String reason(Throwable problem) {
    Throwable last = problem;
    for (SQLException cause : Jdbc.causes(problem)) {
      last = cause.getMessage() == null ? last : cause;
    }
    String url = config.jdbcUrl();
    return String.valueOf(last.getMessage()).replace(url, url.replaceAll("[?;].*", ""));
  }

  private void connectUntilReached() {
    try {
      while (!unreachableReason.isEmpty()) {
        Thread.sleep(RETRY_INTERVAL);
        try {
          reached(connect());
        } catch (StoreUnavailableException e) {
          noteUnreachable(e);
        } catch (RuntimeException | Error e) {
          LOG.error("connecting to {} failed unexpectedly; retrying", config, e);
        }
      }
      for (Runnable action : whenReached) {
        run(action);
      }
    } catch (InterruptedException _) {
      // The database was closed.
    }
  }

  private synchronized void reached(DatabasePool opened) {
    if (closed) {
      opened.close();
      return;
    }
    LOG.info("{} is reachable", config);
    source = opened;
    unreachableReason = "";
    failure = "";
  }

  private static void run(Runnable action) throws InterruptedException {
    while (true) {
      try {
        action.run();
        return;
      } catch (RuntimeException e) {
        LOG.warn("a deferred action failed; retrying: {}", e.getMessage());
        Thread.sleep(RETRY_INTERVAL);
      }
    }
  }

  /// Runs an action: now if the server is reachable, otherwise in a background thread as soon as
  /// the server is reachable. The background thread repeats the action if it throws.
  void whenReached(Runnable action) {
    synchronized (this) {
      if (!unreachableReason.isEmpty()) {
        whenReached.add(action);
        return;
      }
    }
    action.run();
  }

  Dialect dialect() {
    return config.dialect();
  }

  /// Runs work. An embedded database is used by threads that are never interrupted: an interrupt
  /// during a file access closes the file, and with it the database of all.
  <T> T uninterrupted(Supplier<T> work) {
    if (config.embedded().isEmpty()) {
      return work.get();
    }
    try {
      return CompletableFuture.supplyAsync(work, UNINTERRUPTED).join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  /// Returns a connection of the pool. Closing the connection returns it to the pool.
  Connection connection() throws SQLException {
    String reason = unreachableReason;
    if (!reason.isEmpty()) {
      throw new SQLTransientConnectionException(reason);
    }
    return source().connection();
  }

  private synchronized DatabasePool source() {
    DatabasePool open = source;
    if (open != null) {
      return open;
    }
    if (closed) {
      throw new StoreUnavailableException(config + " is closed", null);
    }
    writes.flatMap(WriteCount::missingFile).ifPresent(this::setAside);
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
    notCreated = false;
    return open;
  }

  private DatabasePool connect() {
    DatabasePool opened = null;
    try {
      if (config.embedded().map(file -> !Files.exists(file)).orElse(false)) {
        migrateAside();
      }
      opened = DatabasePool.open(config);
      if (schema(opened).info().pending().length > 0) {
        opened.close();
        if (config.embedded().isPresent()) {
          migrateAside();
        } else {
          migrateInPlace();
        }
        opened = DatabasePool.open(config);
      }
      schema(opened).validate();
      if (writes.isPresent()) {
        try (Connection connection = opened.connection()) {
          writes.get().check(connection).ifPresent(damage -> report(damage, writes.get().file()));
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
    try (DatabasePool withoutTimeouts = DatabasePool.openWithoutTimeouts(config)) {
      schema(withoutTimeouts).migrate();
    }
  }

  /* H2 commits the tables of a migration and Flyway's record of the migration separately. If the
   * process is killed in between, no further migration of the file works. So a copy is migrated,
   * and replaces the file when it is complete. */
  private void migrateAside() throws SQLException, IOException {
    DatabaseConfig draftConfig = config.sibling("pharos-draft");
    Path file = config.embedded().orElseThrow();
    Path draft = draftConfig.embedded().orElseThrow();
    try {
      Files.deleteIfExists(draft);
      if (Files.exists(file)) {
        Files.copy(file, draft);
      }
      try (DatabasePool opened = DatabasePool.open(draftConfig)) {
        schema(opened).migrate();
        try (Connection connection = opened.connection()) {
          dialect().makeDurable(connection);
        }
      }
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Durability.publish(draft, file);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static Flyway schema(DatabasePool pool) {
    return Flyway.configure(Database.class.getClassLoader())
        .dataSource(pool.source())
        .locations("classpath:db/migration")
        .load();
  }

  private boolean isDamage(Throwable problem) {
    if (config.embedded().isEmpty() || FailureOrigin.of(problem) instanceof FailureOrigin.Own) {
      return false;
    }
    return Jdbc.causes(problem).stream()
        .anyMatch(
            e ->
                switch (e.getErrorCode()) {
                  case FILE_CORRUPTED, FILE_VERSION, GENERAL_ERROR -> true;
                  default -> false;
                });
  }

  private void setAside(String damage) {
    Path file = config.embedded().orElseThrow();
    Path aside = damages.aside(file);
    try {
      if (Files.exists(file)) {
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      }
      writes.orElseThrow().reset();
      writeEnded();
    } catch (IOException e) {
      throw new StoreUnavailableException(
          file + " is damaged (" + damage + ") and can't be moved aside: " + e.getMessage(), e);
    }
    report(damage + "; its deployments and gates are lost, the file is kept as " + aside, aside);
  }

  private void report(String damage, Path aside) {
    LOG.error("{}", damage);
    damages.found(DamagedData.Part.DATABASE, damage, aside);
  }

  /// Increments the number of transactions of an embedded database, as a part of this transaction.
  ///
  /// @return an action to run after the commit
  Runnable count(Connection connection) throws SQLException {
    return writes.isEmpty() ? () -> {} : writes.get().next(connection);
  }

  /// Returns whether only this process writes to the database.
  boolean isExclusive() {
    return config.embedded().isPresent();
  }

  /// Returns how many writes of this process have ended, successful or not.
  long endedWrites() {
    return endedWrites.get();
  }

  /// Records that a write has ended.
  void writeEnded() {
    endedWrites.incrementAndGet();
  }

  /// Returns why the last write failed; empty if it succeeded.
  String failure() {
    return failure;
  }

  /// Records a successful transaction.
  void succeeded() {
    failure = "";
  }

  /// Records a failure. If it made an embedded database unusable, closes the database; the next
  /// call opens it again.
  synchronized void failed(SQLException problem) {
    if (FailureOrigin.of(problem) instanceof FailureOrigin.Own own) {
      failure = own.reason();
    } else if (!dialect().isCausedByStatement(problem)) {
      failure = String.valueOf(problem.getMessage());
    }
    DatabasePool open = source;
    if (open == null || config.embedded().isEmpty()) {
      return;
    }
    if (isLost(problem)) {
      LOG.warn("{}: reopening the database after: {}", config, problem.getMessage());
      source = null;
      open.close();
      if (isDamage(problem) && problem.getErrorCode() == FILE_CORRUPTED) {
        setAside(String.valueOf(problem.getMessage()));
      }
    }
  }

  /// Returns whether an embedded database has closed itself because of a problem, so that there is
  /// nothing to roll back. The connection must not be used any more: H2 2.4 would count the end of
  /// the failed transaction twice, and then wait for ever, with full CPU load, for the count to be
  /// right.
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
    if (connecting != null) {
      connecting.interrupt();
    }
    DatabasePool open = source;
    if (open != null) {
      var _ =
          uninterrupted(
              () -> {
                open.close();
                return true;
              });
    }
  }
}
