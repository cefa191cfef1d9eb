package io.pharos.ingest.store;

import java.sql.Driver;

/// Opens PostgreSQL's driver directly, because `DriverManager` depends on class loading order.
public final class PostgresqlDriver {
  private PostgresqlDriver() {}

  /// Returns a new instance of the driver.
  public static Driver open() {
    // By name: the driver's classes have annotations that are not on the class path.
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
