package io.pharos.ingest.store;

import java.sql.Driver;

/// The driver of PostgreSQL itself: which ones `DriverManager` knows depends on who asked it first.
public final class PostgresqlDriver {
  private PostgresqlDriver() {}

  /// A driver of one's own.
  public static Driver open() {
    // By its name: the driver's classes carry annotations that we do not have.
    try {
      return Class.forName("org.postgresql.Driver")
          .asSubclass(Driver.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the driver of PostgreSQL is not there", e);
    }
  }
}
