package io.pharos.oncall.window;

import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.oncall.schedule.MaintenanceWindow;
import io.pharos.oncall.schedule.MaintenanceWindow.Occurrence;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one silence for each occurrence of a maintenance window that is near. A silence is stored
/// a day before it begins, so it begins and ends in time even if Pharos restarts meanwhile. A
/// person may end or extend it as any other silence.
public final class MaintenanceWindows {
  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceWindows.class);

  /// How often [#tick] must be called.
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  /// How long before its begin an occurrence is stored.
  static final Duration AHEAD = Duration.ofDays(1);

  /// Annotation of the silences; its value is the window's definition.
  static final String ANNOTATION = "maintenance_window";

  /// Annotation of the silences for a rollout; its value is the rollout's id.
  public static final String ROLLOUT = "rollout";

  private final Supplier<List<MaintenanceWindow>> windows;
  private final Supplier<List<MaintenanceWindow.Rollout>> rollouts;
  private final Silences silences;
  private final InstantSource clock;
  private final Duration patience;
  private final Map<String, Instant> unknownSince = new HashMap<>();
  private boolean isFailing;

  /// @param windows supplies those of the file and of people
  /// @param rollouts supplies the rollouts that are under way
  /// @param patience how long a window may be missing in the file before its silence ends; replicas
  ///   may get a new file one after the other
  public MaintenanceWindows(
      Supplier<List<MaintenanceWindow>> windows,
      Supplier<List<MaintenanceWindow.Rollout>> rollouts,
      Silences silences,
      InstantSource clock,
      Duration patience) {
    this.windows = windows;
    this.rollouts = rollouts;
    this.silences = silences;
    this.clock = clock;
    this.patience = patience;
  }

  /// Stores missing silences, and ends those whose window is gone or whose rollout has ended.
  public void tick() {
    try {
      Instant now = clock.instant();
      List<MaintenanceWindow> current = windows.get();
      List<MaintenanceWindow.Rollout> underWay = rollouts.get();
      Set<String> definitions = new HashSet<>();
      for (MaintenanceWindow window : current) {
        definitions.add(window.definition());
        window.occurrences(now, now.plus(AHEAD), underWay).forEach(it -> store(window, it, now));
      }
      unknownSince.keySet().removeAll(definitions);
      Set<String> ids =
          underWay.stream().map(MaintenanceWindow.Rollout::id).collect(Collectors.toSet());
      for (Silence silence : silences.list()) {
        String definition = silence.annotations().getOrDefault(ANNOTATION, "");
        if (definition.isEmpty() || silence.state(now) == Silence.State.EXPIRED) {
          continue;
        }
        String rollout = silence.annotations().getOrDefault(ROLLOUT, "");
        boolean hasRolloutEnded = !rollout.isEmpty() && !ids.contains(rollout);
        if (hasRolloutEnded || (!definitions.contains(definition) && isGone(definition, now))) {
          LOG.info(
              "the maintenance window {} ends: {}",
              definition,
              hasRolloutEnded ? "its rollout has ended" : "it is no longer planned");
          var _ = silences.expire(silence.id());
        }
      }
      isFailing = false;
    } catch (StoreUnavailableException e) {
      if (!isFailing) {
        LOG.warn("maintenance windows cannot be stored now; retrying: {}", e.getMessage());
      }
      isFailing = true;
    }
  }

  private boolean isGone(String definition, Instant now) {
    return !unknownSince.computeIfAbsent(definition, _ -> now).plus(patience).isAfter(now);
  }

  private void store(MaintenanceWindow window, Occurrence occurrence, Instant now) {
    // The same id on each replica, so that an occurrence has one silence.
    String id =
        UUID.nameUUIDFromBytes(
                (window.definition() + " " + occurrence.from() + occurrence.rollout())
                    .getBytes(StandardCharsets.UTF_8))
            .toString();
    if (silences.get(id).isPresent()) {
      return;
    }
    var annotations = new HashMap<>(Map.of(ANNOTATION, window.definition()));
    String comment = window.comment().isEmpty() ? "Planned work" : window.comment();
    if (!occurrence.rollout().isEmpty()) {
      annotations.put(ROLLOUT, occurrence.rollout());
      comment += " (rollout " + occurrence.rollout() + ")";
    }
    switch (silences.setOnce(
        new Silence(
            id,
            window.matchers(),
            occurrence.from(),
            occurrence.until(),
            now,
            "maintenance window " + window.name(),
            comment,
            annotations))) {
      case Silences.SetOutcome.Stored _ -> {}
      case Silences.SetOutcome.Full(String message) -> refused(window, message);
      case Silences.SetOutcome.Invalid(String message) -> refused(window, message);
      case Silences.SetOutcome.NotFound(String missing) -> refused(window, missing);
    }
  }

  private static void refused(MaintenanceWindow window, String reason) {
    LOG.error("the maintenance window {} silences nothing: {}", window.name(), reason);
  }
}
