package io.pharos.ingest.store;

import java.sql.Driver;

/// Creates PostgreSQL's driver directly, because `DriverManager` depends on the order in which
/// classes are loaded.
public final class PostgresqlDriver {
  private PostgresqlDriver() {}

  /// Returns a new instance of the driver.
  public static Driver open() {
    // The driver is loaded by name, because its classes have annotations that are not on the class
    // path.
    try {
      return Class.forName("org.postgresql.Driver")
          .asSubclass(Driver.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the PostgreSQL driver is missing from the class path", e);
    }
  }
}
