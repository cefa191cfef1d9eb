package io.pharos.alerting.dispatch;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the router does with an alert at one node of the routing tree.
///
/// @param mismatch the first matcher that does not match; null for other outcomes
/// @param children the steps at the nodes below, in file order; empty unless the alert enters them
public record RouteStep(
    RouteNode node, Outcome outcome, @Nullable LabelMatcher mismatch, List<RouteStep> children) {
  /// The outcome at a node.
  public enum Outcome {
    /// The node matches, and no node below it does: the alert joins a group here.
    GROUPED,
    /// The node matches, and the nodes below decide.
    PASSED,
    /// The node does not match.
    UNMATCHED,
    /// An earlier sibling matches and does not continue.
    NOT_TRIED
  }

  public RouteStep {
    children = List.copyOf(children);
  }

  /// Follows an alert from a node down.
  public static RouteStep of(RouteNode node, Labels alert) {
    for (LabelMatcher matcher : node.matchers()) {
      if (!matcher.matches(alert)) {
        return new RouteStep(node, Outcome.UNMATCHED, matcher, List.of());
      }
    }
    var steps = new ArrayList<RouteStep>();
    boolean isMatched = false;
    boolean isOver = false;
    for (RouteNode child : node.children()) {
      RouteStep step =
          isOver ? new RouteStep(child, Outcome.NOT_TRIED, null, List.of()) : of(child, alert);
      steps.add(step);
      isMatched |= step.isMatch();
      isOver |= step.isMatch() && !child.continues();
    }
    return new RouteStep(node, isMatched ? Outcome.PASSED : Outcome.GROUPED, null, steps);
  }

  /// Whether the node matches.
  public boolean isMatch() {
    return switch (outcome) {
      case GROUPED, PASSED -> true;
      case UNMATCHED, NOT_TRIED -> false;
    };
  }

  /// Returns this step and all steps below it, in file order.
  public Stream<RouteStep> all() {
    return Stream.concat(Stream.of(this), children.stream().flatMap(RouteStep::all));
  }
}
