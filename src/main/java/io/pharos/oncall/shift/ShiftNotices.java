package io.pharos.oncall.shift;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.model.Labels;
import io.pharos.oncall.escalation.PersonGroups;
import io.pharos.oncall.escalation.ShiftGroup;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.DutyShift;
import io.pharos.oncall.schedule.OnCallPerson;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells people that they are on call now. The store knows who had each rotation last: a person is
/// told when another one had it before, so neither a restart nor a reload that leaves the person on
/// duty tells anything. The message is a group of its own ([ShiftGroup]), whose deliveries the
/// outbox keeps, so it is sent once over restarts and replicas. Thread-safe.
public final class ShiftNotices {
  private static final Logger LOG = LoggerFactory.getLogger(ShiftNotices.class);

  /// How often [#tick] must be called.
  public static final Duration INTERVAL = Duration.ofSeconds(5);

  /// A person is told while an hour of the shift is left, or a quarter of it if that is less: a
  /// later message would often be read after the shift.
  static final Duration ENOUGH = Duration.ofHours(1);

  /// How long a message that quiet hours or failures hold back is tried: quiet hours end within a
  /// day. The outbox knows for longer what was sent.
  static final Duration FOLLOWED = Duration.ofDays(1);

  /* Quiet hours hold such messages back. */
  private static final String SEVERITY = "info";

  private final OnCallSchedule schedule;
  private final ShiftStore store;
  private final PersonGroups groups;
  private final ShardOwnership ownership;
  private final InstantSource clock;

  /* The rotations that this process has looked at since it owns them. */
  private final Set<String> watched = new HashSet<>();
  private boolean isFailing;

  /// Creates the service; nothing happens before [#tick].
  ///
  /// @param flush flushes a group that belongs to no route
  /// @param ownership which groups this process flushes, and which rotations it watches
  public ShiftNotices(
      OnCallSchedule schedule,
      ShiftStore store,
      PersonGroups.Flush flush,
      ShardOwnership ownership,
      InstantSource clock) {
    this.schedule = schedule;
    this.store = store;
    this.groups = new PersonGroups(flush, ownership);
    this.ownership = ownership;
    this.clock = clock;
  }

  /// Flushes a group at once; returns false if it is no group of this process.
  ///
  /// @param now the notifier's time
  public boolean flush(String groupKey, Instant now) {
    return ShiftGroup.isShift(groupKey) && groups.flush(groupKey, now);
  }

  /// Notices who has each rotation now, and tells those who have it newly. If the store does not
  /// answer, the next call tries again.
  ///
  /// @param notifierNow the notifier's time
  public synchronized void tick(Instant notifierNow) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    var current = new ArrayList<PersonGroups.Group>();
    List<Rotation> rotations = schedule.plan().rotations();
    try {
      if (!rotations.isEmpty()) {
        List<DutyOverride> overrides = schedule.counting();
        Map<String, ShiftStart> known =
            store.starts().stream()
                .collect(Collectors.toMap(ShiftStart::rotation, Function.identity()));
        for (Rotation rotation : rotations) {
          Optional<ShiftStart> before = Optional.ofNullable(known.get(rotation.name()));
          noticed(rotation, before, overrides, now)
              .flatMap(start -> group(rotation, start, overrides, now))
              .ifPresent(current::add);
        }
      }
      groups.follow(current, notifierNow);
      isFailing = false;
    } catch (StoreUnavailableException e) {
      if (!isFailing) {
        LOG.warn("begins of shifts cannot be noticed now; retrying: {}", e.getMessage());
      }
      isFailing = true;
    }
  }

  /// Returns who has the rotation since when; empty if another replica finds that out.
  private Optional<ShiftStart> noticed(
      Rotation rotation, Optional<ShiftStart> before, List<DutyOverride> overrides, Instant now) {
    String name = rotation.name();
    String person = rotation.shifts(now, now.plusSeconds(1), overrides).getFirst().person();
    Optional<ShiftStart> same = before.filter(it -> it.person().equals(person));
    if (!ownership.owns(name)) {
      watched.remove(name);
      return same;
    }
    if (same.isPresent() && watched.contains(name)) {
      return same;
    }
    DutyShift shift = rotation.stretch(now, overrides);
    // While no process watched, another person may have had the rotation in between.
    if (same.filter(it -> !shift.from().isAfter(it.noticedAt())).isPresent()) {
      watched.add(name);
      return same;
    }
    Instant end = shift.from().minusMillis(1);
    var start =
        new ShiftStart(
            name,
            person,
            shift.from(),
            rotation.shifts(end, shift.from(), overrides).getFirst().person(),
            now,
            // What is seen for the first time may have begun long ago.
            before.isPresent() && isWorthIt(rotation, shift, now),
            before.map(it -> it.version() + 1).orElse(0L));
    boolean isStored = store.save(start);
    watched.add(name);
    return isStored ? Optional.of(start) : Optional.empty();
  }

  private static boolean isWorthIt(Rotation rotation, DutyShift shift, Instant now) {
    Duration quarter = Duration.between(shift.from(), shift.until()).dividedBy(4);
    Duration least = quarter.compareTo(ENOUGH) < 0 ? quarter : ENOUGH;
    return rotation.hasNotices()
        && !shift.isGap()
        && Duration.between(now, shift.until()).compareTo(least) >= 0;
  }

  /// Returns the group that tells the person; empty if there is nothing to tell, or not any more.
  private Optional<PersonGroups.Group> group(
      Rotation rotation, ShiftStart start, List<DutyOverride> overrides, Instant now) {
    if (!start.isNews() || !now.isBefore(start.noticedAt().plus(FOLLOWED))) {
      return Optional.empty();
    }
    Optional<OnCallPerson> person = schedule.plan().person(start.person());
    DutyShift shift = rotation.stretch(now, overrides);
    if (person.isEmpty() || !isWorthIt(rotation, shift, now)) {
      return Optional.empty();
    }
    var group = new ShiftGroup(start.rotation(), start.person(), start.begin());
    Labels labels = group.labels().with("severity", SEVERITY);
    var alert =
        new TrackedAlert(
            labels,
            Fingerprint.of(labels),
            new ShiftWords(person.get().zone(), now).annotations(start, shift),
            start.begin(),
            shift.until(),
            start.noticedAt(),
            false,
            "");
    return Optional.of(
        new PersonGroups.Group(group.key(), group.labels(), group.receiver(), alert));
  }
}
