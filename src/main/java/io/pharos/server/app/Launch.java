package io.pharos.server.app;

import io.pharos.cli.command.EnvironmentFile;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.logs.LogSettings;
import io.pharos.logs.LogbackBridge;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Passes the options to the service, which Quarkus creates. Settings of Quarkus, such as the port,
/// are also set as system properties.
final class Launch {
  /* Quarkus creates the beans, so `main` can't pass options to their constructors. */
  private static volatile @Nullable ServeOptions options;
  private static volatile @Nullable VersionedFiles files;
  private static volatile @Nullable LogbackBridge logs;
  private static volatile boolean training;
  private static final AtomicReference<StorageAssembly.@Nullable EarlyStore> store =
      new AtomicReference<>();

  private Launch() {}

  /// Sets the options and files of the service that starts next, and installs the log bridge.
  static void prepare(ServeOptions toServe, VersionedFiles filesToServe) {
    options = toServe;
    files = filesToServe;
    logs =
        LogbackBridge.install(
            new LogSettings(
                "pharos",
                toServe.environment(),
                toServe.loki().push().map(LogSettings.Loki::at).orElse(null)),
            toServe.logFormat());
    System.setProperty("quarkus.http.host", toServe.host());
    System.setProperty("quarkus.http.port", Integer.toString(toServe.port()));
    System.setProperty("quarkus.log.level", toServe.logLevel());
    // Without this property, Vert.x would close the connection without an answer at an invalid URL,
    // and would refuse paths that Prometheus accepts. RequestSyntax checks URLs instead.
    System.setProperty("vertx.disableURIValidation", "true");
  }

  /// Starts to open the store of samples in the background; [#takeStore] returns it.
  static void openStore(ServeOptions toServe) {
    store.set(StorageAssembly.EarlyStore.begin(toServe));
  }

  /// Returns the store that [#openStore] opens. Returns an empty result at later calls, and in
  /// tests that do not run `main`.
  static Optional<StorageAssembly.EarlyStore> takeStore() {
    return Optional.ofNullable(store.getAndSet(null));
  }

  /// Makes the service exit after its training run ([StartCacheTraining]).
  static void train() {
    training = true;
  }

  static boolean isTraining() {
    return training;
  }

  /// Returns the bridge that writes the logs; empty in tests that do not run `main`.
  static Optional<LogbackBridge> logs() {
    return Optional.ofNullable(logs);
  }

  /// Returns the files that `main` read. Reads them if `main` did not run.
  static VersionedFiles files() {
    VersionedFiles prepared = files;
    return prepared == null ? VersionedFiles.read(options()) : prepared;
  }

  /// Returns the options that `main` parsed. If `main` did not run (tests, `mvn quarkus:dev`),
  /// parses them from the system property `pharos.args`.
  static ServeOptions options() {
    ServeOptions prepared = options;
    if (prepared == null) {
      String words = System.getProperty("pharos.args", "").strip();
      prepared =
          ServeOptions.parse(
              words.isEmpty() ? List.of() : List.of(words.split(" +")),
              EnvironmentFile.environment(),
              false);
      options = prepared;
    }
    return prepared;
  }
}
