package io.pharos.rules;

import io.pharos.alerting.alert.AlertCourse;
import io.pharos.model.Labels;
import io.pharos.schedule.JobScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the groups of all rule files, each as its own job.
///
/// [#load] replaces all groups: unchanged groups continue, changed groups keep the state of the
/// rules that they still contain, and the series of removed groups end. A [RuleFile] is always
/// valid, so an invalid file can't replace running rules.
public final class RuleManager implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RuleManager.class);

  /// Number of intervals after which the series of a removed group end. If the group was only
  /// renamed, the group with the new name writes these series before that time.
  private static final int INTERVALS_BEFORE_STALE = 2;

  private record Running(RuleGroup group, JobScheduler.Job job) {}

  private final RuleContext context;
  private final JobScheduler scheduler;
  private final Optional<EarlyEvaluation> early;
  private final List<JobScheduler.Job> endings = new ArrayList<>();
  private boolean loadedBefore;
  private boolean closed;

  /* The whole map is replaced while the lock is held. It is read without the lock. */
  private volatile Map<String, Running> running = Map.of();

  /// @param early evaluates rules before their slots; empty to evaluate rules only at their slots
  public RuleManager(RuleContext context, JobScheduler scheduler, Optional<EarlyEvaluation> early) {
    this.context = context;
    this.scheduler = scheduler;
    this.early = early;
  }

  /// Replaces the running rules. The first call after a start restores states from before the
  /// start; later calls keep the current states.
  ///
  /// @throws IllegalArgumentException if two groups have the same file and name; the running rules
  ///   are then unchanged
  public synchronized void load(List<RuleFile> files, RuleSettings settings) {
    if (closed) {
      throw new IllegalStateException("the rules are stopped");
    }
    Map<String, Running> previous = running;
    requireDistinct(files);
    var groups = new LinkedHashMap<String, RuleGroup>();
    for (RuleFile file : files) {
      for (GroupSpec spec : file.groups()) {
        String key = RuleGroup.key(file.name(), spec.name());
        groups.put(key, group(previous.get(key), file, spec, settings));
      }
    }
    var next = new LinkedHashMap<String, Running>();
    groups.forEach((key, group) -> next.put(key, start(previous.get(key), group)));
    previous.forEach(
        (key, current) -> {
          if (!next.containsKey(key)) {
            remove(current);
          }
        });
    running = next;
    early.ifPresent(evaluation -> evaluation.replace(groups.values()));
    context
        .fills()
        .use(groups.values().stream().flatMap(group -> group.recordings().stream()).toList());
    loadedBefore = true;
    LOG.info(
        "Running {} rule groups of {} files; before: {} groups",
        next.size(),
        files.size(),
        previous.size());
  }

  private static void requireDistinct(List<RuleFile> files) {
    var seen = new HashSet<String>();
    for (RuleFile file : files) {
      for (GroupSpec spec : file.groups()) {
        String key = RuleGroup.key(file.name(), spec.name());
        if (!seen.add(key)) {
          throw new IllegalArgumentException("the rule group " + key + " is defined twice");
        }
      }
    }
  }

  private RuleGroup group(
      @Nullable Running current, RuleFile file, GroupSpec spec, RuleSettings settings) {
    if (current == null) {
      return new RuleGroup(file.name(), spec, settings, context, !loadedBefore);
    }
    if (current.group.matches(spec, settings)) {
      return current.group;
    }
    return new RuleGroup(file.name(), spec, settings, context, false, current.group.meters());
  }

  private Running start(@Nullable Running current, RuleGroup group) {
    if (current != null && current.group == group) {
      return current;
    }
    if (current != null) {
      current.job.close();
      group.takeOver(current.group);
    }
    var job =
        scheduler.schedule(
            "rules " + group.key(),
            group.interval(),
            group.offset(),
            slot -> {
              group.tick(slot);
              early.ifPresent(evaluation -> evaluation.evaluated(group, slot.toEpochMilli()));
            });
    return new Running(group, job);
  }

  private void remove(Running removed) {
    removed.job.close();
    RuleGroup group = removed.group;
    List<Labels> series = List.copyOf(group.stop());
    group.meters().close();
    if (series.isEmpty()) {
      return;
    }
    endings.add(new Ending(group, series, context.clock().instant()).schedule());
  }

  /// Returns all groups after their last evaluations, in the order of the files.
  public List<GroupSnapshot> groups() {
    return running.values().stream().map(current -> current.group.snapshot()).toList();
  }

  /// Returns the last course of an alert, after the last evaluation of its rule.
  ///
  /// @param sent the labels with which it is sent
  public Optional<AlertCourse> course(Labels sent) {
    String name = sent.get("alertname");
    return groups().stream()
        .flatMap(group -> group.rules().stream())
        .filter(rule -> rule.name().equals(name))
        .filter(RuleSnapshot.Alerting.class::isInstance)
        .map(rule -> ((RuleSnapshot.Alerting) rule).courses().get(sent))
        .filter(Objects::nonNull)
        .findFirst();
  }

  /// Stops all evaluations. Writes no staleness markers, so that the series continue after a
  /// restart.
  @Override
  public synchronized void close() {
    closed = true;
    early.ifPresent(evaluation -> evaluation.replace(List.of()));
    endings.forEach(JobScheduler.Job::close);
    running
        .values()
        .forEach(
            stopped -> {
              stopped.job.close();
              Set<Labels> _ = stopped.group.stop();
              stopped.group.meters().close();
            });
    running = Map.of();
  }

  /// Ends the series of a removed group some intervals after its removal. The staleness markers
  /// have the time of the removal.
  private final class Ending {
    private final RuleGroup group;
    private final List<Labels> series;
    private final Instant removedAt;
    private final Instant due;
    private JobScheduler.@Nullable Job job;

    Ending(RuleGroup group, List<Labels> series, Instant removedAt) {
      this.group = group;
      this.series = series;
      this.removedAt = removedAt;
      this.due = removedAt.plus(group.interval().multipliedBy(INTERVALS_BEFORE_STALE));
    }

    JobScheduler.Job schedule() {
      var scheduled =
          scheduler.schedule(
              "stale rules " + group.key() + " " + removedAt,
              group.interval(),
              Duration.ofMillis(removedAt.toEpochMilli() % group.interval().toMillis()),
              this::run);
      job = scheduled;
      return scheduled;
    }

    private void run(Instant slot) {
      if (!slot.isBefore(due)) {
        group.markStale(series, removedAt.toEpochMilli());
        synchronized (RuleManager.this) {
          if (job != null) {
            job.close();
            endings.remove(job);
          }
        }
      }
    }
  }
}
