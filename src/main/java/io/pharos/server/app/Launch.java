package io.pharos.server.app;

import io.pharos.cli.serve.ServeOptions;
import io.pharos.logs.LogSettings;
import io.pharos.logs.LogbackBridge;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Hands the flags over to the service that Quarkus starts: what Quarkus itself needs as system
/// properties, the rest as one record.
final class Launch {
  /* Quarkus creates the beans, so they can't be given the options by a constructor call from main;
   * this one field is the bridge. Tests set it by the same method. */
  private static volatile @Nullable ServeOptions options;
  private static volatile @Nullable VersionedFiles files;
  private static volatile @Nullable LogbackBridge logs;
  private static volatile boolean training;
  private static final AtomicReference<@Nullable EarlyStore> store = new AtomicReference<>();

  private Launch() {}

  /// Sets what the service that is about to start will read.
  static void prepare(ServeOptions toServe, VersionedFiles filesToServe) {
    options = toServe;
    files = filesToServe;
    logs =
        LogbackBridge.install(
            new LogSettings(
                "pharos",
                toServe.environment(),
                toServe.loki().push().map(LogSettings.Loki::at).orElse(null)));
    System.setProperty("quarkus.http.host", toServe.host());
    System.setProperty("quarkus.http.port", Integer.toString(toServe.port()));
    System.setProperty("quarkus.log.level", toServe.logLevel());
    // It would answer nothing at all, and refuse what Prometheus takes: RequestSyntax looks
    // instead.
    System.setProperty("vertx.disableURIValidation", "true");
  }

  /// Begins to open the store of samples, which [#takeStore] gives.
  static void openStore(ServeOptions toServe) {
    store.set(EarlyStore.begin(toServe));
  }

  /// The store that is being opened, once; absent where that was not begun, as in tests that start
  /// without the launcher.
  static Optional<EarlyStore> takeStore() {
    return Optional.ofNullable(store.getAndSet(null));
  }

  /// Makes the service end by itself once it has done a bit of everything ([StartCacheTraining]).
  static void train() {
    training = true;
  }

  static boolean isTraining() {
    return training;
  }

  /// The bridge that writes the logs; absent in tests that start without the launcher.
  static Optional<LogbackBridge> logs() {
    return Optional.ofNullable(logs);
  }

  /// The versioned files as they were read before the start.
  static VersionedFiles files() {
    VersionedFiles prepared = files;
    return prepared == null ? VersionedFiles.read(options()) : prepared;
  }

  /// The options. Where nobody called main (tests, `mvn quarkus:dev`) they are the words of the
  /// system property `pharos.args`.
  static ServeOptions options() {
    ServeOptions prepared = options;
    if (prepared == null) {
      String words = System.getProperty("pharos.args", "").strip();
      prepared =
          ServeOptions.parse(
              words.isEmpty() ? List.of() : List.of(words.split(" +")), System.getenv(), false);
      options = prepared;
    }
    return prepared;
  }
}
