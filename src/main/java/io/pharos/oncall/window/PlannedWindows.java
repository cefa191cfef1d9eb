package io.pharos.oncall.window;

import io.pharos.config.yaml.ConfigException;
import io.pharos.oncall.schedule.MaintenanceWindow;
import io.pharos.oncall.schedule.OnCallFile;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The maintenance windows of the file and those that people plan by requests. Thread-safe.
public final class PlannedWindows {
  private static final Logger LOG = LoggerFactory.getLogger(PlannedWindows.class);

  /// Maximum number of stored windows, as many as the file may have. All are read every few
  /// seconds.
  static final int MAX_WINDOWS = 100;

  /// Maximum length of a window's text: 20 matchers of 400 characters.
  static final int MAX_TEXT = 8_000;

  /// A single window that ended longer ago is deleted when the next one is planned.
  static final Duration KEPT = Duration.ofDays(90);

  /* How far ahead a window is looked for that will begin again. */
  private static final Duration FAR = Duration.ofDays(800);

  private final Supplier<List<MaintenanceWindow>> file;
  private final WindowStore store;
  private final InstantSource clock;

  /* Those that were logged. */
  private final Set<StoredWindow> unreadable = ConcurrentHashMap.newKeySet();

  /// @param file supplies the windows of the file that was read last
  public PlannedWindows(
      Supplier<List<MaintenanceWindow>> file, WindowStore store, InstantSource clock) {
    this.file = file;
    this.store = store;
    this.clock = clock;
  }

  /// A window and who planned it.
  ///
  /// @param stored empty if the window is in the file
  public record Planned(MaintenanceWindow window, Optional<StoredWindow> stored) {}

  /// What became of a request.
  public sealed interface Outcome {
    /// It is stored.
    record Stored(Planned planned) implements Outcome {}

    /// There are too many.
    record Full(String message) implements Outcome {}

    /// The name or the text is refused.
    record Invalid(String message) implements Outcome {}
  }

  /// Returns all windows: those of the file in their order, then those of people by name. A window
  /// of a person that has the name of one of the file is left out.
  public List<Planned> all() {
    List<MaintenanceWindow> ofFile = file.get();
    return Stream.concat(
            ofFile.stream().map(it -> new Planned(it, Optional.empty())),
            read(store.all()).stream()
                .filter(it -> ofFile.stream().noneMatch(has(it.window().name()))))
        .toList();
  }

  private static Predicate<MaintenanceWindow> has(String name) {
    return window -> window.name().equals(name);
  }

  private List<Planned> read(List<StoredWindow> stored) {
    var windows = new ArrayList<Planned>();
    for (StoredWindow each : stored) {
      try {
        windows.add(
            new Planned(OnCallFile.window(each.name(), each.text(), each.at()), Optional.of(each)));
      } catch (ConfigException e) { // a newer version wrote it
        if (unreadable.add(each)) {
          LOG.error(
              "the stored maintenance window {} silences nothing: {}", each.name(), e.getMessage());
        }
      }
    }
    return windows;
  }

  /// Stores a window instead of the one with the same name.
  ///
  /// @param text as in [StoredWindow]
  public Outcome set(String name, String text, String by) {
    if (!OnCallFile.isName(name)) {
      return new Outcome.Invalid(
          "name: expected 1 to 64 letters, digits, . _ and -, beginning with a letter or digit");
    }
    if (text.length() > MAX_TEXT) {
      return new Outcome.Invalid(
          "expected at most %d characters, found %d".formatted(MAX_TEXT, text.length()));
    }
    if (file.get().stream().anyMatch(has(name))) {
      return new Outcome.Invalid(
          "name: expected a name that no maintenance window of oncall.yml has, found " + name);
    }
    Instant now = clock.instant();
    var stored = new StoredWindow(name, text, by, now);
    MaintenanceWindow window;
    try {
      window = OnCallFile.window(name, text, now);
    } catch (ConfigException e) {
      return new Outcome.Invalid(String.valueOf(e.getMessage()));
    }
    if (isOver(window, now)) {
      return new Outcome.Invalid("start: expected an occurrence that has not ended yet");
    }
    for (Planned each : read(store.all())) {
      if (isOver(each.window(), now.minus(KEPT))) {
        var _ = store.delete(each.window().name());
      }
    }
    long others = store.all().stream().filter(it -> !it.name().equals(name)).count();
    if (others >= MAX_WINDOWS) {
      return new Outcome.Full(
          "there are %d maintenance windows, expected at most %d; delete old ones"
              .formatted(others, MAX_WINDOWS));
    }
    store.put(stored);
    return new Outcome.Stored(new Planned(window, Optional.of(stored)));
  }

  private static boolean isOver(MaintenanceWindow window, Instant now) {
    return switch (window.times()) {
      case MaintenanceWindow.Times.Rollouts _ -> false;
      case MaintenanceWindow.Times.Planned _ ->
          window.occurrences(now, now.plus(FAR), List.of()).isEmpty();
    };
  }

  /// Deletes a stored window; its silence ends. Returns false if there is none with that name.
  public boolean remove(String name) {
    return store.delete(name);
  }
}
