package io.pharos.template;

import java.net.URI;
import java.time.Instant;
import java.util.List;

/// Context of the functions in a rule's template.
///
/// @param query evaluates an expression at the rule's time
/// @param now time of the evaluation
/// @param externalUrl external base URL of Pharos
public record RuleTemplateContext(QueryFunction query, Instant now, URI externalUrl) {
  /// Evaluates PromQL for a template.
  @FunctionalInterface
  public interface QueryFunction {
    /// Returns the samples of an instant vector, or a scalar as one sample without labels.
    ///
    /// @throws IllegalArgumentException if the expression fails; the message becomes part of the
    ///   template's error
    List<TemplateSample> query(String expression);
  }
}
