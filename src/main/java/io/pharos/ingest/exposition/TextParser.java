package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parses bodies in Prometheus' text format and in OpenMetrics. Reused; not thread-safe.
///
/// `_created` series are parsed like all other samples. Native histograms, which are composite
/// values in OpenMetrics 2.0, are rejected, as in Prometheus 3.14.
final class TextParser {
  /* If the sink expects a series, its text is only compared: the same bytes end at the same place
   * as on the previous page. Other series are scanned, which only finds their end, with respect to
   * quotes and braces. The sink parses the labels of unknown series. This class parses labels if
   * the rest of the line has an error: an error in the labels comes first in the line, so it is
   * reported instead. */
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
    for (int position = start(0); position < limit; position = start(position)) {
      if (ended) {
        throw error(position, "found " + found(position) + " after \"# EOF\", expected nothing");
      }
      if (body[position] == '\n') {
        throw error(position, "found an empty line, which OpenMetrics does not allow");
      }
      if (openMetrics && startsWith(position, "# EOF") && isEnd(position + 5)) {
        ended = true;
        position = lineEnd(position) + 1;
      } else if (body[position] == '#') {
        position = comment(position, sink);
      } else {
        position = sample(position, sink);
      }
    }
    if (openMetrics && !ended) {
      throw error(limit, "found the end of the body, expected \"# EOF\" as the last line");
    }
  }

  /// Returns the start of the next line that is not empty. OpenMetrics allows no empty lines, so
  /// they are not skipped there.
  private int start(int from) {
    int position = from;
    while (!openMetrics
        && position < limit
        && (isBlank(body[position]) || body[position] == '\n')) {
      position++;
    }
    return position;
  }

  private int sample(int from, SampleSink sink) throws ExpositionException {
    CachedText expected = sink.expected();
    boolean isExpected = false;
    int to;
    if (expected != null && matches(expected, from)) {
      isExpected = true;
      to = from + expected.length();
    } else {
      to = seriesEnd(from);
      series.set(body, from, to, limit);
    }
    try {
      return values(to, isExpected, sink);
    } catch (ExpositionException e) {
      series.set(body, from, to, limit);
      series.labels();
      throw e;
    }
  }

  /// Returns whether the series at `from` has exactly this text. A space must follow, so that the
  /// series is not longer. A brace must not follow the space, because the text format allows `name
  /// {labels}`.
  private boolean matches(CachedText text, int from) {
    int to = from + text.length();
    if (to + 1 >= limit || !Arrays.equals(body, from, to, text.bytes, text.from, text.to)) {
      return false;
    }
    return body[to] == ' ' && body[to + 1] != '{' && !isBlank(body[to + 1]);
  }

  private int values(int seriesEnd, boolean isExpected, SampleSink sink)
      throws ExpositionException {
    int position = separator(seriesEnd, "a value");
    if (body[position] == '{') {
      throw error(position, "found a composite value of OpenMetrics 2.0, expected a number");
    }
    int valueEnd = tokenEnd(position);
    double value = number(position, valueEnd, "a value");
    long timestamp = SampleSink.NO_TIMESTAMP;
    position = openMetrics ? valueEnd : skipBlanks(valueEnd);
    if (!isEnd(position) && !startsWith(position, " # ")) {
      position = openMetrics ? separator(position, "a timestamp") : position;
      int to = tokenEnd(position);
      timestamp = openMetrics ? seconds(position, to) : millis(position, to);
      position = openMetrics ? to : skipBlanks(to);
    }
    exemplarLabels = null;
    if (openMetrics && startsWith(position, " # ")) {
      position = exemplar(position + 3);
    }
    if (!isEnd(position)) {
      throw error(position, "found " + found(position) + ", expected the end of the line");
    }
    if (isExpected) {
      sink.expectedSample(value, timestamp);
    } else {
      sink.sample(series, value, timestamp);
    }
    Labels exemplarOfLine = exemplarLabels;
    if (exemplarOfLine != null) {
      sink.exemplar(exemplarOfLine, exemplarValue, exemplarMillis);
    }
    return position + 1;
  }

  private int exemplar(int from) throws ExpositionException {
    if (from >= limit || body[from] != '{') {
      throw error(from, "found " + found(from) + ", expected the labels of an exemplar");
    }
    int to = bracesEnd(from);
    exemplarLabels = labels.parseExemplar(body, from, to, limit);
    int position = separator(to, "an exemplar's value");
    int valueEnd = tokenEnd(position);
    exemplarValue = number(position, valueEnd, "an exemplar's value");
    exemplarMillis = SampleSink.NO_TIMESTAMP;
    if (isEnd(valueEnd)) {
      return valueEnd;
    }
    position = separator(valueEnd, "an exemplar's timestamp");
    int timestampEnd = tokenEnd(position);
    exemplarMillis = seconds(position, timestampEnd);
    return timestampEnd;
  }

  private int seriesEnd(int from) {
    int position = from;
    while (position < limit
        && !isBlank(body[position])
        && body[position] != '\n'
        && body[position] != '{') {
      position++;
    }
    int brace = openMetrics ? position : skipBlanks(position);
    return brace < limit && body[brace] == '{' ? bracesEnd(brace) : position;
  }

  /// Returns the offset after the brace that closes the brace at `from`; the end of the line if no
  /// brace closes it.
  private int bracesEnd(int from) {
    boolean quoted = false;
    for (int position = from + 1; position < limit; position++) {
      byte c = body[position];
      if (quoted && c == '\\') {
        position++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '}' && !quoted) {
        return position + 1;
      } else if (c == '\n' && (openMetrics || !quoted)) {
        return position;
      }
    }
    return limit;
  }

  private int separator(int position, String expected) throws ExpositionException {
    if (position >= limit || !isBlank(body[position]) || (openMetrics && body[position] != ' ')) {
      throw error(position, "found " + found(position) + ", expected a space and " + expected);
    }
    int next = openMetrics ? position + 1 : skipBlanks(position);
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
      int position = from;
      while (position < to && body[position] >= '0' && body[position] <= '9') {
        millis = millis * 10 + (body[position++] - '0');
      }
      if (position == to) {
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
    int position = openMetrics ? from + 2 : skipBlanks(from + 1);
    SampleSink.MetadataKind kind = null;
    boolean hasSpace = !openMetrics || (from + 1 < lineEnd && body[from + 1] == ' ');
    for (SampleSink.MetadataKind candidate : SampleSink.MetadataKind.values()) {
      int candidateEnd = position + candidate.name().length();
      boolean allowed = openMetrics || candidate != SampleSink.MetadataKind.UNIT;
      if (allowed
          && hasSpace
          && startsWith(position, candidate.name())
          && candidateEnd < limit
          && isBlank(body[candidateEnd])) {
        kind = candidate;
        position = skipBlanks(candidateEnd);
      }
    }
    if (kind == null) {
      if (openMetrics) {
        throw error(
            from, "found a comment, expected \"# HELP\", \"# TYPE\", \"# UNIT\" or \"# EOF\"");
      }
      return lineEnd + 1;
    }
    metadata(kind, from, position, lineEnd, sink);
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
    boolean isWanted = sink.wants(line);
    if (isWanted || kind == SampleSink.MetadataKind.UNIT) {
      int from = quoted ? nameAt + 1 : nameAt;
      String metric = labels.unescape(body, from, nameEnd, quoted);
      String text =
          kind == SampleSink.MetadataKind.HELP
              ? labels.unescape(body, textAt, textEnd, openMetrics)
              : new String(body, textAt, textEnd - textAt, StandardCharsets.UTF_8);
      if (kind == SampleSink.MetadataKind.UNIT && !text.isEmpty() && !metric.endsWith("_" + text)) {
        throw error(textAt, "found unit " + text + ", expected a suffix of " + metric);
      }
      if (isWanted) {
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
    int position = from;
    while (position < limit && !isBlank(body[position]) && body[position] != '\n') {
      position++;
    }
    return position;
  }

  private int skipBlanks(int from) {
    int position = from;
    while (position < limit && isBlank(body[position])) {
      position++;
    }
    return position;
  }

  private int lineEnd(int from) {
    int position = from;
    while (position < limit && body[position] != '\n') {
      position++;
    }
    return position;
  }

  private boolean isEnd(int position) {
    return position >= limit || body[position] == '\n';
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t';
  }

  private boolean startsWith(int position, String text) {
    if (position + text.length() > limit) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (body[position + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private String found(int position) {
    return ExpositionException.excerpt(body, position, limit);
  }

  private String token(int from, int to) {
    return Quoted.of(new String(body, from, to - from, StandardCharsets.UTF_8));
  }

  private ExpositionException error(int position, String problem) {
    return ExpositionException.at(body, position, limit, problem);
  }

  private ExpositionException located(int position, String problem, Exception cause) {
    ExpositionException error = error(position, problem);
    error.initCause(cause);
    return error;
  }
}
