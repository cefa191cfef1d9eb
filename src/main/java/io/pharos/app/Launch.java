package io.pharos.app;

import static java.util.Objects.requireNonNull;

import io.pharos.cli.ServeOptions;
import org.jspecify.annotations.Nullable;

/// Hands the flags over to the service that Quarkus starts: what Quarkus itself needs as system
/// properties, the rest as one record.
final class Launch {
  /* Quarkus creates the beans, so they can't be given the options by a constructor call from main;
   * this one field is the bridge. Tests set it by the same method. */
  private static volatile @Nullable ServeOptions options;

  private Launch() {}

  /// Sets what the service that is about to start will read.
  static void prepare(ServeOptions toServe) {
    options = toServe;
    System.setProperty("quarkus.http.host", toServe.host());
    System.setProperty("quarkus.http.port", Integer.toString(toServe.port()));
    System.setProperty("quarkus.log.level", toServe.logLevel());
  }

  static ServeOptions options() {
    return requireNonNull(options, "Launch.prepare was not called");
  }
}
