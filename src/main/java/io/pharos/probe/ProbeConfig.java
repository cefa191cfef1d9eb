package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import io.pharos.probe.expression.Expression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One probe of a file.
///
/// @param file where it stands
/// @param line from 1
/// @param name unique
/// @param labels what its samples carry besides `job`, `instance` and `probe`
/// @param interval at least one second
/// @param timeout of one attempt
/// @param confirm how often a failure is tried again at once before it counts
/// @param expect what must hold of what was seen; null for nothing but what the check asks
/// @param enabled whether it is to run
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
  /// The label that says where a probe of an agent runs.
  public static final String LOCATION = "location";

  public ProbeConfig {
    requireNonNull(file, "file is null");
    requireNonNull(name, "name is null");
    requireNonNull(labels, "labels is null");
    requireNonNull(check, "check is null");
    requireNonNull(alarming, "alarming is null");
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

  /// The same probe, run at a place.
  ///
  /// @param location the value of the label of that name
  /// @throws IllegalArgumentException when it has such a label of its own
  public ProbeConfig at(String location) {
    if (labels.has(LOCATION)) {
      throw new IllegalArgumentException(
          "found the label location of probe " + name + ", which is that of the agent");
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

  /// The same probe, the failures of which count at once.
  ProbeConfig unconfirmed() {
    return new ProbeConfig(
        file, line, name, labels, interval, timeout, 0, check, expect, alarming, enabled);
  }

  /// Whether nothing but the place in the file differs. Regular expressions have no equality of
  /// their own, so checks are compared by what they print.
  boolean isSame(ProbeConfig other) {
    return labels.equals(other.labels)
        && interval.equals(other.interval)
        && timeout.equals(other.timeout)
        && confirm == other.confirm
        && alarming.equals(other.alarming)
        && String.valueOf(expect).equals(String.valueOf(other.expect))
        && check.toString().equals(other.check.toString());
  }

  /// The file whose content permits reports for a push probe; empty where there is none.
  Optional<Path> pushToken() {
    return check instanceof ProbeCheck.PushCheck(_, _, Path file)
        ? Optional.ofNullable(file)
        : Optional.empty();
  }

  /// Where in an interval it has its place, the same in every process.
  Duration place(Duration every) {
    long mixed = name.hashCode() * 0x9E3779B97F4A7C15L;
    return Duration.ofMillis(Long.remainderUnsigned(mixed ^ (mixed >>> 29), every.toMillis()));
  }
}
