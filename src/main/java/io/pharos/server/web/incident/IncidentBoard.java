package io.pharos.server.web.incident;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.model.Labels;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes the current [Board]. All readers share a board for [#MAX_AGE], so the cost does not grow
/// with the number of open pages.
@ApplicationScoped
public class IncidentBoard {
  /// A change must be on the page within a second; a third of that is spent here at most.
  private static final Duration MAX_AGE = Duration.ofMillis(300);

  private final Dispatcher dispatcher;
  private final RuleManager rules;
  private final InstantSource clock;
  private @Nullable Board latest;

  IncidentBoard(Dispatcher dispatcher, RuleManager rules, InstantSource clock) {
    this.dispatcher = dispatcher;
    this.rules = rules;
    this.clock = clock;
  }

  /// Returns the board, at most [#MAX_AGE] old.
  public synchronized Board now() {
    var now = clock.instant();
    Board known = latest;
    if (known != null && !known.at().isAfter(now) && known.at().plus(MAX_AGE).isAfter(now)) {
      return known;
    }
    var board = Board.of(now, alerts());
    latest = board;
    return board;
  }

  /// Makes the next reader see a change that was just made.
  synchronized void changed() {
    latest = null;
  }

  private List<CurrentAlert> alerts() {
    Map<Labels, CurrentAlert.Origin> origins = origins();
    var found = new ArrayList<CurrentAlert>();
    var known = new HashSet<Labels>();
    for (AlertOverview.Status status : dispatcher.alerts(_ -> true)) {
      Labels labels = status.alert().labels();
      known.add(labels);
      found.add(posted(status, Optional.ofNullable(origins.get(labels))));
    }
    origins.forEach(
        (labels, origin) -> {
          if (!known.contains(labels)) {
            found.add(own(labels, origin));
          }
        });
    return found;
  }

  /// Returns the alerts of own rules by the labels with which they are sent.
  private Map<Labels, CurrentAlert.Origin> origins() {
    var origins = new HashMap<Labels, CurrentAlert.Origin>();
    for (GroupSnapshot group : rules.groups()) {
      for (RuleSnapshot rule : group.rules()) {
        if (rule instanceof RuleSnapshot.Alerting alerting) {
          for (AlertSnapshot alert : alerting.alerts()) {
            origins.put(alert.sent(), new CurrentAlert.Origin(group, alerting, alert));
          }
        }
      }
    }
    return origins;
  }

  private CurrentAlert posted(AlertOverview.Status status, Optional<CurrentAlert.Origin> origin) {
    List<AlertOverview.Routed> routes = dispatcher.routes(status.alert().labels());
    boolean isMuted = routes.stream().noneMatch(route -> route.mutedBy().isEmpty());
    return new CurrentAlert(
        status.alert().labels(),
        status.alert().fingerprint(),
        status.alert().annotations(),
        !status.silencedBy().isEmpty()
            ? Standing.SILENCED
            : !status.inhibitedBy().isEmpty()
                ? Standing.INHIBITED
                : isMuted ? Standing.MUTED : Standing.FIRING,
        origin.map(it -> it.alert().isHeld()).orElse(false),
        origin.map(it -> it.alert().activeAt()).orElse(begun(status.alert())),
        origin,
        routes,
        status.silencedBy(),
        status.inhibitedBy());
  }

  /* An alert that was posted with an end but no start starts at its end, as in Alertmanager. */
  private static Instant begun(TrackedAlert alert) {
    return alert.startsAt().isAfter(alert.updatedAt()) ? alert.updatedAt() : alert.startsAt();
  }

  /* An alert that the notifier does not know: it is pending, or the notifier has not received it. */
  private CurrentAlert own(Labels labels, CurrentAlert.Origin origin) {
    return new CurrentAlert(
        labels,
        Fingerprint.of(labels),
        origin.alert().annotations(),
        origin.alert().state() == AlertState.FIRING ? Standing.FIRING : Standing.PENDING,
        origin.alert().isHeld(),
        origin.alert().activeAt(),
        Optional.of(origin),
        dispatcher.routes(labels),
        List.of(),
        List.of());
  }
}
