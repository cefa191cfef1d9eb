package io.pharos.probe;

import io.pharos.model.Labels;
import io.pharos.probe.expression.Expression;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One probe of a file.
///
/// @param file file name
/// @param line line number in the file, from 1
/// @param name unique name
/// @param labels labels of its samples in addition to `job`, `instance` and `probe`
/// @param interval at least one second
/// @param timeout timeout of one attempt
/// @param confirm number of immediate retries before a failure counts
/// @param expect condition on the facts; null if the check alone decides
/// @param alarming when failures count as an outage of the target
/// @param enabled whether the probe runs
public record ProbeConfig(
    String file,
    int line,
    String name,
    Labels labels,
    Duration interval,
    Duration timeout,
    int confirm,
    ProbeCheck check,
    @Nullable Expression expect,
    OutageCondition alarming,
    boolean enabled) {
  /// Name of the label that contains the location of a probe agent.
  public static final String LOCATION = "location";

  public ProbeConfig {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("expected a name that is not empty");
    }
    if (confirm < 0) {
      throw new IllegalArgumentException("expected confirm of 0 or more, found " + confirm);
    }
    if (interval.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("expected an interval of at least 1s");
    }
    if (timeout.isZero() || timeout.multipliedBy(confirm + 1L).compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "expected a timeout above 0 that fits into the interval "
              + (confirm == 0 ? "once" : (confirm + 1) + " times, since confirm is " + confirm));
    }
  }

  /// Returns the probe with a label for its location.
  ///
  /// @param location value of the label
  /// @throws IllegalArgumentException if the probe already has such a label
  public ProbeConfig at(String location) {
    if (labels.has(LOCATION)) {
      throw new IllegalArgumentException(
          "probe " + name + " sets the label location, which only the agent sets");
    }
    return new ProbeConfig(
        file,
        line,
        name,
        labels.with(LOCATION, location),
        interval,
        timeout,
        confirm,
        check,
        expect,
        alarming,
        enabled);
  }

  /// Returns the labels that all its samples have.
  public Labels sampleLabels() {
    return labels.toBuilder()
        .set("job", "probe")
        .set("instance", check.instance())
        .set("probe", name)
        .build();
  }

  /// Returns the probe without retries.
  public ProbeConfig unconfirmed() {
    return new ProbeConfig(
        file, line, name, labels, interval, timeout, 0, check, expect, alarming, enabled);
  }

  /// Returns whether two probes are equal apart from their positions in the file. Checks are
  /// compared by their text, because regular expressions have no equality.
  public boolean isSame(ProbeConfig other) {
    return labels.equals(other.labels)
        && interval.equals(other.interval)
        && timeout.equals(other.timeout)
        && confirm == other.confirm
        && alarming.equals(other.alarming)
        && String.valueOf(expect).equals(String.valueOf(other.expect))
        && check.toString().equals(other.check.toString());
  }

  /// Returns the token file of a push probe; empty if it has none, and for other probes.
  public Optional<Path> pushToken() {
    return check instanceof ProbeCheck.PushCheck(_, _, Path file, _)
        ? Optional.ofNullable(file)
        : Optional.empty();
  }

  /// Returns how long after the start of a period the probe runs; the same in every process.
  public Duration offset(Duration period) {
    long mixed = name.hashCode() * 0x9E3779B97F4A7C15L;
    return Duration.ofMillis(Long.remainderUnsigned(mixed ^ (mixed >>> 29), period.toMillis()));
  }

  /// Returns when the first run after a time is due.
  public Instant nextRun(Instant now) {
    long period = interval.toMillis();
    long offset = offset(interval).toMillis();
    long slot = Math.floorDiv(now.toEpochMilli() - offset, period) + 1;
    return Instant.ofEpochMilli(slot * period + offset);
  }
}
