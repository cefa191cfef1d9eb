package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parses bodies in the two text formats. Reused; not thread-safe.
///
/// `_created` series are parsed like all other samples. Native histograms, which are composite
/// values in OpenMetrics 2.0, are rejected, as in Prometheus 3.14.
final class TextParser {
  /* If the sink expects a series, its text is only compared: it was scanned when it was first
   * seen, and the same bytes end at the same place. Scanning a series only finds its end, with
   * respect to quotes and braces. Its labels are parsed if the sink needs them, which is so for
   * an unknown series. They are also parsed if the rest of the line has an error: an error in
   * the labels comes first in the line, so it is the one to report. */
  private static final List<String> TEXT_TYPES =
      List.of("counter", "gauge", "histogram", "summary", "untyped");
  private static final List<String> OPENMETRICS_TYPES =
      List.of(
          "counter",
          "gauge",
          "histogram",
          "gaugehistogram",
          "summary",
          "info",
          "stateset",
          "unknown");

  private final LabelParser labels;
  private final RawText series;
  private final RawText line;
  private boolean openMetrics;
  private byte[] body = new byte[0];
  private int limit;

  /* The labels of the current line's exemplar; null if it has none. */
  private @Nullable Labels exemplarLabels;
  private double exemplarValue;
  private long exemplarMillis;

  TextParser(LabelParser labels) {
    this.labels = labels;
    series = new RawText(labels);
    line = new RawText(labels);
  }

  /// Parses the first `length` bytes of a body, see [PageParser#parse].
  void parse(byte[] newBody, int length, Format format, SampleSink sink)
      throws ExpositionException {
    body = newBody;
    limit = length;
    openMetrics = format == Format.OPENMETRICS;
    boolean ended = false;
    for (int at = start(0); at < limit; at = start(at)) {
      if (ended) {
        throw error(at, "found " + found(at) + " after \"# EOF\", expected nothing");
      }
      if (body[at] == '\n') {
        throw error(at, "found an empty line, which OpenMetrics does not allow");
      }
      if (openMetrics && startsWith(at, "# EOF") && isEnd(at + 5)) {
        ended = true;
        at = lineEnd(at) + 1;
      } else if (body[at] == '#') {
        at = comment(at, sink);
      } else {
        at = sample(at, sink);
      }
    }
    if (openMetrics && !ended) {
      throw error(limit, "found the end of the body, expected \"# EOF\" as the last line");
    }
  }

  /// Returns the start of the next line that is not empty. OpenMetrics has no empty lines, so none
  /// is skipped.
  private int start(int from) {
    int at = from;
    while (!openMetrics && at < limit && (isBlank(body[at]) || body[at] == '\n')) {
      at++;
    }
    return at;
  }

  private int sample(int from, SampleSink sink) throws ExpositionException {
    CachedText expected = sink.expected();
    boolean known = false;
    int to;
    if (expected != null && matches(expected, from)) {
      known = true;
      to = from + expected.length();
    } else {
      to = seriesEnd(from);
      series.set(body, from, to, limit);
    }
    try {
      return values(to, known, sink);
    } catch (ExpositionException e) {
      series.set(body, from, to, limit);
      series.labels();
      throw e;
    }
  }

  /// Whether the series at `from` has exactly this text. A space must follow, so that the series is
  /// not longer. A brace must not follow the space, because the text format allows `name {labels}`.
  private boolean matches(CachedText text, int from) {
    int to = from + text.length();
    if (to + 1 >= limit || !Arrays.equals(body, from, to, text.bytes, text.from, text.to)) {
      return false;
    }
    return body[to] == ' ' && body[to + 1] != '{' && !isBlank(body[to + 1]);
  }

  private int values(int seriesEnd, boolean known, SampleSink sink) throws ExpositionException {
    int at = separator(seriesEnd, "a value");
    if (body[at] == '{') {
      throw error(at, "found a composite value of OpenMetrics 2.0, expected a number");
    }
    int valueEnd = tokenEnd(at);
    double value = number(at, valueEnd, "a value");
    long timestamp = SampleSink.NO_TIMESTAMP;
    at = openMetrics ? valueEnd : skipBlanks(valueEnd);
    if (!isEnd(at) && !startsWith(at, " # ")) {
      at = openMetrics ? separator(at, "a timestamp") : at;
      int to = tokenEnd(at);
      timestamp = openMetrics ? seconds(at, to) : millis(at, to);
      at = openMetrics ? to : skipBlanks(to);
    }
    exemplarLabels = null;
    if (openMetrics && startsWith(at, " # ")) {
      at = exemplar(at + 3);
    }
    if (!isEnd(at)) {
      throw error(at, "found " + found(at) + ", expected the end of the line");
    }
    if (known) {
      sink.expectedSample(value, timestamp);
    } else {
      sink.sample(series, value, timestamp);
    }
    Labels ofExemplar = exemplarLabels;
    if (ofExemplar != null) {
      sink.exemplar(ofExemplar, exemplarValue, exemplarMillis);
    }
    return at + 1;
  }

  private int exemplar(int from) throws ExpositionException {
    if (from >= limit || body[from] != '{') {
      throw error(from, "found " + found(from) + ", expected the labels of an exemplar");
    }
    int to = bracesEnd(from);
    exemplarLabels = labels.parseExemplar(body, from, to, limit);
    int at = separator(to, "an exemplar's value");
    int valueEnd = tokenEnd(at);
    exemplarValue = number(at, valueEnd, "an exemplar's value");
    exemplarMillis = SampleSink.NO_TIMESTAMP;
    if (isEnd(valueEnd)) {
      return valueEnd;
    }
    at = separator(valueEnd, "an exemplar's timestamp");
    int timestampEnd = tokenEnd(at);
    exemplarMillis = seconds(at, timestampEnd);
    return timestampEnd;
  }

  private int seriesEnd(int from) {
    int at = from;
    while (at < limit && !isBlank(body[at]) && body[at] != '\n' && body[at] != '{') {
      at++;
    }
    int brace = openMetrics ? at : skipBlanks(at);
    return brace < limit && body[brace] == '{' ? bracesEnd(brace) : at;
  }

  /// Returns the offset after the brace that closes the one at `from`; the end of the line if there
  /// is none.
  private int bracesEnd(int from) {
    boolean quoted = false;
    for (int at = from + 1; at < limit; at++) {
      byte c = body[at];
      if (quoted && c == '\\') {
        at++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '}' && !quoted) {
        return at + 1;
      } else if (c == '\n' && (openMetrics || !quoted)) {
        return at;
      }
    }
    return limit;
  }

  private int separator(int at, String expected) throws ExpositionException {
    if (at >= limit || !isBlank(body[at]) || (openMetrics && body[at] != ' ')) {
      throw error(at, "found " + found(at) + ", expected a space and " + expected);
    }
    int next = openMetrics ? at + 1 : skipBlanks(at);
    if (isEnd(next)) {
      throw error(next, "found the end of the line, expected " + expected);
    }
    return next;
  }

  private double number(int from, int to, String expected) throws ExpositionException {
    try {
      return Decimal.parse(body, from, to);
    } catch (NumberFormatException e) {
      throw located(from, "found " + token(from, to) + ", expected " + expected, e);
    }
  }

  private long seconds(int from, int to) throws ExpositionException {
    double seconds = number(from, to, "a timestamp in seconds");
    if (!Double.isFinite(seconds)) {
      throw error(from, "found " + token(from, to) + ", expected a timestamp in seconds");
    }
    return (long) (seconds * 1000);
  }

  private long millis(int from, int to) throws ExpositionException {
    if (to - from <= 18) { // fast path that creates no object
      long millis = 0;
      int at = from;
      while (at < to && body[at] >= '0' && body[at] <= '9') {
        millis = millis * 10 + (body[at++] - '0');
      }
      if (at == to) {
        return millis;
      }
    }
    String text = new String(body, from, to - from, StandardCharsets.UTF_8);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw located(
          from, "found " + token(from, to) + ", expected a timestamp in whole milliseconds", e);
    }
  }

  private int comment(int from, SampleSink sink) throws ExpositionException {
    int lineEnd = lineEnd(from);
    int at = openMetrics ? from + 2 : skipBlanks(from + 1);
    SampleSink.MetadataKind kind = null;
    boolean spaced = !openMetrics || (from + 1 < lineEnd && body[from + 1] == ' ');
    for (SampleSink.MetadataKind each : SampleSink.MetadataKind.values()) {
      int after = at + each.name().length();
      boolean known = openMetrics || each != SampleSink.MetadataKind.UNIT;
      if (known && spaced && startsWith(at, each.name()) && after < limit && isBlank(body[after])) {
        kind = each;
        at = skipBlanks(after);
      }
    }
    if (kind == null) {
      if (openMetrics) {
        throw error(
            from, "found a comment, expected \"# HELP\", \"# TYPE\", \"# UNIT\" or \"# EOF\"");
      }
      return lineEnd + 1;
    }
    metadata(kind, from, at, lineEnd, sink);
    return lineEnd + 1;
  }

  private void metadata(
      SampleSink.MetadataKind kind, int lineStart, int nameAt, int lineEnd, SampleSink sink)
      throws ExpositionException {
    boolean quoted = nameAt < lineEnd && body[nameAt] == '"';
    int nameEnd = nameAt + (quoted ? 1 : 0);
    while (nameEnd < lineEnd && (quoted ? body[nameEnd] != '"' : !isBlank(body[nameEnd]))) {
      nameEnd += quoted && body[nameEnd] == '\\' ? 2 : 1;
    }
    if (nameEnd == nameAt || nameEnd > lineEnd || (quoted && nameEnd == lineEnd)) {
      throw error(nameAt, "found " + found(nameAt) + ", expected a metric name");
    }
    int textAt = skipBlanks(nameEnd + (quoted ? 1 : 0));
    int textEnd = lineEnd;
    while (kind != SampleSink.MetadataKind.HELP && textEnd > textAt && isBlank(body[textEnd - 1])) {
      textEnd--;
    }
    if (kind == SampleSink.MetadataKind.TYPE) {
      checkType(textAt, textEnd);
    }
    line.set(body, lineStart, lineEnd, limit);
    boolean wanted = sink.wants(line);
    if (wanted || kind == SampleSink.MetadataKind.UNIT) {
      int from = quoted ? nameAt + 1 : nameAt;
      String metric = labels.unescape(body, from, nameEnd, quoted);
      String text =
          kind == SampleSink.MetadataKind.HELP
              ? labels.unescape(body, textAt, textEnd, openMetrics)
              : new String(body, textAt, textEnd - textAt, StandardCharsets.UTF_8);
      if (kind == SampleSink.MetadataKind.UNIT && !text.isEmpty() && !metric.endsWith("_" + text)) {
        throw error(textAt, "found unit " + text + ", expected a suffix of " + metric);
      }
      if (wanted) {
        sink.metadata(kind, metric, text);
      }
    }
  }

  private void checkType(int from, int to) throws ExpositionException {
    List<String> types = openMetrics ? OPENMETRICS_TYPES : TEXT_TYPES;
    for (String type : types) {
      if (type.length() == to - from && startsWith(from, type)) {
        return;
      }
    }
    throw error(
        from, "found type " + token(from, to) + ", expected one of " + String.join(", ", types));
  }

  private int tokenEnd(int from) {
    int at = from;
    while (at < limit && !isBlank(body[at]) && body[at] != '\n') {
      at++;
    }
    return at;
  }

  private int skipBlanks(int from) {
    int at = from;
    while (at < limit && isBlank(body[at])) {
      at++;
    }
    return at;
  }

  private int lineEnd(int from) {
    int at = from;
    while (at < limit && body[at] != '\n') {
      at++;
    }
    return at;
  }

  private boolean isEnd(int at) {
    return at >= limit || body[at] == '\n';
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t';
  }

  private boolean startsWith(int at, String text) {
    if (at + text.length() > limit) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (body[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private String found(int at) {
    return ExpositionException.excerpt(body, at, limit);
  }

  private String token(int from, int to) {
    return Quoted.of(new String(body, from, to - from, StandardCharsets.UTF_8));
  }

  private ExpositionException error(int at, String problem) {
    return ExpositionException.at(body, at, limit, problem);
  }

  private ExpositionException located(int at, String problem, Exception cause) {
    ExpositionException error = error(at, problem);
    error.initCause(cause);
    return error;
  }
}
