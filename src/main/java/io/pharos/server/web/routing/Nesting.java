package io.pharos.server.web.routing;

import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// The place of a node in a list of nested lists, for templates that write one node after the
/// other.
///
/// @param opens whether it is the first of its siblings
/// @param isLeaf whether no nodes are below it
/// @param closes one element for each list that ends after it
record Nesting(boolean opens, boolean isLeaf, List<Boolean> closes) {
  Nesting {
    closes = List.copyOf(closes);
  }

  /// Visits a node and all nodes below it, in order.
  static <T> void visit(T root, Function<T, List<T>> children, BiConsumer<T, Nesting> visitor) {
    visit(root, false, 0, children, visitor);
  }

  private static <T> void visit(
      T node,
      boolean opens,
      int closes,
      Function<T, List<T>> children,
      BiConsumer<T, Nesting> visitor) {
    List<T> below = children.apply(node);
    visitor.accept(
        node,
        new Nesting(
            opens, below.isEmpty(), Collections.nCopies(below.isEmpty() ? closes : 0, true)));
    for (int i = 0; i < below.size(); i++) {
      boolean isLast = i == below.size() - 1;
      visit(below.get(i), i == 0, isLast ? closes + 1 : 0, children, visitor);
    }
  }
}
