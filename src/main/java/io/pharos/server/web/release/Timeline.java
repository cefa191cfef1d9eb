package io.pharos.server.web.release;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Deployments on a line of time, one lane for each service and environment.
///
/// @param ticks the start, the middle and the end of the time
record Timeline(List<Lane> lanes, List<PageTime> ticks) {
  /// Marks that are closer than this, in percent of the line, are drawn as one.
  private static final double CLOSE = 3;

  /// Lanes that are drawn; the table has the others.
  private static final int MAX_LANES = 12;

  private static final Duration MIN_SPAN = Duration.ofMinutes(10);

  Timeline {
    lanes = List.copyOf(lanes);
    ticks = List.copyOf(ticks);
  }

  /// The deployments of one service in one environment.
  record Lane(String name, List<Mark> marks) {
    Lane {
      marks = List.copyOf(marks);
    }
  }

  /// One deployment, or several that are close together.
  ///
  /// @param css state of the worst
  /// @param shape SVG path around the origin
  /// @param from position of the start, in percent of the line
  /// @param to position of the end
  /// @param count number of deployments
  record Mark(
      String address, String css, String shape, String from, String to, int count, String text) {}

  /// Draws deployments.
  ///
  /// @param deployments newest first
  static Timeline of(List<Deployment> deployments, Instant now) {
    Instant first =
        deployments.stream().map(Deployment::startedAt).min(Instant::compareTo).orElse(now);
    Instant last = deployments.stream().map(it -> end(it, now)).max(Instant::compareTo).orElse(now);
    Instant from =
        Duration.between(first, last).compareTo(MIN_SPAN) < 0 ? last.minus(MIN_SPAN) : first;
    var scale = new Scale(from, Duration.between(from, last));
    Map<String, List<Deployment>> groups = new LinkedHashMap<>();
    deployments.forEach(
        it -> groups.computeIfAbsent(name(it), _ -> new ArrayList<>()).addFirst(it));
    return new Timeline(
        groups.entrySet().stream()
            .limit(MAX_LANES)
            .map(it -> new Lane(it.getKey(), marks(it.getValue(), scale, now)))
            .toList(),
        List.of(
            PageTime.of(from, now),
            PageTime.of(from.plus(scale.length().dividedBy(2)), now),
            PageTime.of(last, now)));
  }

  private static String name(Deployment deployment) {
    return PageText.of(deployment.service()) + " · " + PageText.of(deployment.env());
  }

  private static Instant end(Deployment deployment, Instant now) {
    Instant end = deployment.finishedAt();
    return end == null ? now : end;
  }

  private record Scale(Instant from, Duration length) {
    double percent(Instant at) {
      double part = (double) Duration.between(from, at).toMillis() / length.toMillis();
      return Math.clamp(part * 100, 0, 100);
    }
  }

  private static List<Mark> marks(List<Deployment> oldestFirst, Scale scale, Instant now) {
    var marks = new ArrayList<Mark>();
    int begin = 0;
    for (int i = 1; i <= oldestFirst.size(); i++) {
      boolean isClose =
          i < oldestFirst.size()
              && scale.percent(oldestFirst.get(i).startedAt())
                      - scale.percent(oldestFirst.get(begin).startedAt())
                  < CLOSE;
      if (!isClose) {
        marks.add(mark(oldestFirst.subList(begin, i), scale, now));
        begin = i;
      }
    }
    return marks;
  }

  private static Mark mark(List<Deployment> close, Scale scale, Instant now) {
    Deployment worst = close.getFirst();
    for (Deployment each : close) {
      worst = rank(each.status()) >= rank(worst.status()) ? each : worst;
    }
    ReleaseState state = ReleaseState.of(worst.status());
    Instant end = close.stream().map(it -> end(it, now)).max(Instant::compareTo).orElseThrow();
    String text =
        "%s, %s, %s"
            .formatted(
                PageText.of(worst.version()),
                state.word(),
                PageTime.of(worst.startedAt(), now).ago());
    return new Mark(
        PageLinks.deployment(worst.key()),
        state.css(),
        shape(worst.status()),
        number(scale.percent(close.getFirst().startedAt())),
        number(scale.percent(end)),
        close.size(),
        close.size() == 1 ? text : close.size() + " deployments, the worst: " + text);
  }

  private static int rank(DeploymentStatus status) {
    return switch (status) {
      case SUCCEEDED -> 0;
      case ROLLED_BACK -> 1;
      case FAILED -> 2;
      case IN_PROGRESS -> 3;
    };
  }

  private static String number(double percent) {
    return String.format(Locale.ROOT, "%.2f", percent);
  }

  /// Returns the shape of a state: an open circle, a filled circle, a square, an arrow back.
  private static String shape(DeploymentStatus status) {
    return switch (status) {
      case IN_PROGRESS, SUCCEEDED -> "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1 -6 0Z";
      case FAILED -> "M-6 -6H6V6H-6Z";
      case ROLLED_BACK -> "M7 -7V7L-7 0Z";
    };
  }
}
