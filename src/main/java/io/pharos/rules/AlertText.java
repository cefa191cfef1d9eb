package io.pharos.rules;

import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.template.RuleTemplate;
import io.pharos.template.RuleTemplateContext;
import io.pharos.template.TemplateException;
import io.pharos.template.TemplateSample;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A label or annotation of an alert, which may be a template.
final class AlertText {
  private static final Logger LOG = LoggerFactory.getLogger(AlertText.class);

  /// What a template sees of one sample.
  ///
  /// @param values the sample with its metric name, and what is outside
  /// @param context answers `query`, at the slot
  /// @param unanswered the query, if any, whose answer is not known
  record Data(
      RuleTemplate.Data values,
      RuleTemplateContext context,
      AtomicReference<QueryException> unanswered) {
    /// @param at the place of the sample in the result
    static Data of(
        InstantVector result, int at, RuleSettings settings, Evaluator evaluator, long slot) {
      Histogram histogram = result.histogram(at);
      var unanswered = new AtomicReference<QueryException>();
      return new Data(
          new RuleTemplate.Data(
              result.labels(at),
              settings.externalLabels(),
              settings.externalUrl(),
              histogram == null ? (Object) result.value(at) : histogram.toString()),
          new RuleTemplateContext(
              expression -> query(evaluator, slot, expression, unanswered),
              Instant.ofEpochMilli(slot),
              URI.create(settings.externalUrl())),
          unanswered);
    }

    private static List<TemplateSample> query(
        Evaluator evaluator,
        long slot,
        String expression,
        AtomicReference<QueryException> unanswered) {
      try {
        InstantVector result = Rule.vector(evaluator.instant(expression, slot).value());
        var samples = new ArrayList<TemplateSample>(result.size());
        for (int i = 0; i < result.size(); i++) {
          samples.add(new TemplateSample(result.labels(i), number(result, i)));
        }
        return samples;
      } catch (RuleFailure e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      } catch (QueryException e) {
        switch (e.kind()) {
          case UNAVAILABLE, BUSY, TIMEOUT, CANCELED -> unanswered.set(e);
          case BAD_DATA, EXECUTION -> {} // the template is wrong, and will be next time
        }
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    }
  }

  /// The value of a sample as a number, zero for a histogram.
  static double number(InstantVector vector, int at) {
    return vector.histogram(at) == null ? vector.value(at) : 0;
  }

  private final String name;
  private final RuleTemplate template;

  private AlertText(String name, RuleTemplate template) {
    this.name = name;
    this.template = template;
  }

  /// @param alert the alert's name, for messages
  /// @throws TemplateException when the text is not a template; says where
  static AlertText parse(String alert, String text) {
    String name = "__alert_" + alert;
    return new AlertText(name, RuleTemplate.parse(name, text));
  }

  /// The text as the value of a label. An alert is its labels: one with the reason in the place of
  /// what can't be asked now would be another alert, and the one that fires would seem to be over.
  ///
  /// @throws QueryException when a query of the template has no answer
  String expandLabel(Data data) {
    String text = expand(data);
    QueryException unanswered = data.unanswered.get();
    if (unanswered != null) {
      throw new QueryException(
          unanswered.kind(),
          "a label's template has no answer to its query: " + unanswered.reason(),
          unanswered);
    }
    return text;
  }

  /// The text for one sample. A template that fails leaves the reason in its place: the alert is
  /// worth more than its words.
  String expand(Data data) {
    try {
      return template.expand(data.values, data.context);
    } catch (TemplateException e) {
      LOG.warn("A template of an alert failed: {}", e.getMessage());
      return "<error expanding template: error executing template %s: %s>"
          .formatted(name, e.getMessage());
    }
  }
}
