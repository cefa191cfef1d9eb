package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.template.RuleTemplate;
import io.pharos.template.TemplateException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The text of a label or annotation of an alert, which may be a template.
final class AlertText {
  private static final Logger LOG = LoggerFactory.getLogger(AlertText.class);

  /// The data for expanding the templates of an alert.
  ///
  /// @param values the sample with its metric name, the external labels and the external URL
  /// @param context functions of templates; their queries run at the time of the slot
  /// @param unanswered receives the error if a query of the template gets no answer
  record Data(
      RuleTemplate.Data values,
      RuleTemplate.Context context,
      AtomicReference<QueryException> unanswered) {
    /// Creates the data for one sample of a result.
    ///
    /// @param index index of the sample in the result
    static Data of(
        InstantVector result, int index, RuleSettings settings, Evaluator evaluator, long slot) {
      Histogram histogram = result.histogram(index);
      var unanswered = new AtomicReference<QueryException>();
      return new Data(
          new RuleTemplate.Data(
              result.labels(index),
              settings.externalLabels(),
              settings.externalUrl(),
              histogram == null ? (Object) result.value(index) : histogram.toString()),
          new RuleTemplate.Context(
              expression -> query(evaluator, slot, expression, unanswered),
              Instant.ofEpochMilli(slot),
              URI.create(settings.externalUrl())),
          unanswered);
    }

    /// Creates the data for an alert whose sample is unknown. Queries in templates get no answer.
    static Data unknown(Labels labels, RuleSettings settings, long now) {
      InstantVector result = InstantVector.builder(now).add(labels, Double.NaN).build();
      Evaluator none =
          _ -> {
            throw new QueryException(QueryException.Kind.UNAVAILABLE, "not evaluated yet");
          };
      return of(result, 0, settings, none, now);
    }

    private static List<RuleTemplate.Sample> query(
        Evaluator evaluator,
        long slot,
        String expression,
        AtomicReference<QueryException> unanswered) {
      try {
        InstantVector result = Rule.vector(evaluator.instant(expression, slot).value());
        var samples = new ArrayList<RuleTemplate.Sample>(result.size());
        for (int i = 0; i < result.size(); i++) {
          samples.add(new RuleTemplate.Sample(result.labels(i), number(result, i)));
        }
        return samples;
      } catch (Rule.Failure e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      } catch (QueryException e) {
        switch (e.kind()) {
          case UNAVAILABLE, BUSY, TIMEOUT, CANCELED -> unanswered.set(e);
          case BAD_DATA, EXECUTION -> {} // a mistake in the template
        }
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    }
  }

  /// Returns the value of a sample; zero for a histogram.
  static double number(InstantVector vector, int index) {
    return vector.histogram(index) == null ? vector.value(index) : 0;
  }

  private final String name;
  private final RuleTemplate template;

  private AlertText(String name, RuleTemplate template) {
    this.name = name;
    this.template = template;
  }

  /// Parses a text.
  ///
  /// @param alert name of the alert, for messages
  /// @throws TemplateException with the position of the error, if the text is not a valid template
  static AlertText parse(String alert, String text) {
    String name = "__alert_" + alert;
    return new AlertText(name, RuleTemplate.parse(name, text));
  }

  /// Expands the text of a label. Fails if a query of the template has no answer: an error text as
  /// the value of a label would start a new alert and resolve the firing alert.
  ///
  /// @throws QueryException if a query of the template has no answer
  String expandLabel(Data data) {
    String text = expand(data);
    QueryException unanswered = data.unanswered.get();
    if (unanswered != null) {
      throw new QueryException(
          unanswered.kind(),
          "the query of a label's template failed: " + unanswered.reason(),
          unanswered);
    }
    return text;
  }

  /// Expands the text of an annotation. If the template fails, returns the reason as the text, so
  /// that the alert is sent anyway.
  String expand(Data data) {
    try {
      return template.expand(data.values, data.context);
    } catch (TemplateException e) {
      LOG.warn("A label or annotation of an alert can't be expanded: {}", e.getMessage());
      return "<error expanding template: error executing template %s: %s>"
          .formatted(name, e.getMessage());
    }
  }
}
