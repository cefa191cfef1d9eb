package io.pharos.template;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Instant;
import java.util.List;

/// What the functions of a rule's template may ask for.
///
/// @param query evaluates an expression at the rule's time
/// @param now the time of the evaluation
/// @param externalUrl where this service is reached from outside
public record RuleTemplateContext(QueryFunction query, Instant now, URI externalUrl) {
  public RuleTemplateContext {
    requireNonNull(query, "query is null");
    requireNonNull(now, "now is null");
    requireNonNull(externalUrl, "externalUrl is null");
  }

  /// Evaluates PromQL for a template.
  @FunctionalInterface
  public interface QueryFunction {
    /// The samples of an instant vector, or a scalar as one sample without labels.
    ///
    /// @throws IllegalArgumentException when the expression fails; the message goes into the
    ///   template's error
    List<TemplateSample> query(String expression);
  }
}
