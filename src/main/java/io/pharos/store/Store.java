package io.pharos.store;

import static java.util.Objects.requireNonNull;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.pharos.deploy.Deployments;
import io.pharos.dispatch.AlertStore;
import io.pharos.dispatch.LeaseStore;
import io.pharos.gate.Gates;
import io.pharos.notify.OutboxStore;
import io.pharos.silence.SilenceStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/// An open database with the current schema. Thread-safe.
public final class Store implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 8;
  private static final Duration ACQUISITION = Duration.ofSeconds(3);

  private final AgroalDataSource source;
  private final Jdbc jdbc;

  /// The notifier's own store; null where the database is it.
  private final @Nullable NotifierLog log;

  private final @Nullable JdbcLeases leases;
  private final Versions versions;
  private final JdbcAlertStore alerts;

  private Store(
      AgroalDataSource source,
      Dialect dialect,
      @Nullable NotifierLog log,
      Optional<Replica> replica) {
    this.source = source;
    this.jdbc = new Jdbc(source, dialect);
    this.log = log;
    this.leases =
        dialect == Dialect.POSTGRESQL
            ? replica.map(it -> new JdbcLeases(jdbc, it.incarnation(), it.name())).orElse(null)
            : null;
    this.versions = new Versions(leases == null ? "" : leases.owner());
    this.alerts = new JdbcAlertStore(jdbc, versions);
  }

  /// Opens a database for one process alone.
  ///
  /// @throws StoreException when the database can't be reached or its schema can't be migrated
  public static Store open(StoreConfig config) {
    return open(config, Optional.empty());
  }

  /// Opens a database and brings its schema up to date.
  ///
  /// @param replica this process where others may share the database, which only PostgreSQL can
  /// @throws StoreException when the database can't be reached or its schema can't be migrated
  public static Store open(StoreConfig config, Optional<Replica> replica) {
    requireNonNull(config, "config is null");
    var dialect = Dialect.of(config.jdbcUrl());
    var settings =
        new AgroalDataSourceConfigurationSupplier()
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
    AgroalDataSource source;
    try {
      source = AgroalDataSource.from(settings);
    } catch (SQLException e) {
      throw new StoreException("can't open " + config + ": " + e.getMessage(), e);
    }
    try {
      Flyway.configure(Store.class.getClassLoader())
          .dataSource(source)
          .locations("classpath:db/migration")
          .load()
          .migrate();
    } catch (FlywayException e) {
      source.close();
      throw new StoreException("can't prepare the schema of " + config + ": " + e.getMessage(), e);
    }
    try {
      return new Store(
          source, dialect, config.notifierFolder().map(NotifierLog::open).orElse(null), replica);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  public AlertStore alerts() {
    return log == null ? alerts : log.alerts();
  }

  public SilenceStore silences() {
    return log == null ? new JdbcSilenceStore(jdbc, versions) : log.silences();
  }

  public OutboxStore outbox() {
    return log == null ? new JdbcOutboxStore(jdbc, leases) : log.outbox();
  }

  /// The leases by which replicas share the work; empty for one process alone.
  public Optional<LeaseStore> leases() {
    return Optional.ofNullable(leases);
  }

  public Deployments deployments() {
    return new JdbcDeployments(jdbc);
  }

  public Gates gates() {
    return new JdbcGates(jdbc);
  }

  /// Whether other processes may share the database.
  public boolean isShared() {
    return jdbc.dialect() == Dialect.POSTGRESQL;
  }

  /// The key that all processes on this database share under a name.
  ///
  /// @param first makes it where there is none yet
  /// @throws StoreException when the database does not answer
  public String sharedKey(String name, Supplier<String> first) {
    Optional<String> known = findSharedKey(name);
    if (known.isEmpty()) {
      String made = first.get();
      var _ =
          Conflicts.insert(
              jdbc,
              "save a shared key",
              "insert into shared_keys (name, text) values (?, ?)",
              statement -> {
                statement.setString(1, name);
                statement.setString(2, made);
              });
    }
    return known
        .or(() -> findSharedKey(name))
        .orElseThrow(() -> new IllegalStateException("the key " + name + " is there and is not"));
  }

  private Optional<String> findSharedKey(String name) {
    return jdbc
        .read(
            "read a shared key",
            "select text from shared_keys where name = ?",
            statement -> statement.setString(1, name),
            row -> row.getString(1))
        .stream()
        .findFirst();
  }

  /// For the package's other repositories.
  Jdbc jdbc() {
    return jdbc;
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
    alerts.close();
    source.close();
  }
}
