package io.pharos.ingest.exposition;

import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Parses a series: `name{a="b",…}`, `{"quoted name","label"="b"}`. Equal names and values share
/// one string, which a set of limited size stores.
final class LabelParser {
  private static final int MAX_INTERNED = 20_000;

  private final Map<String, String> interned = new HashMap<>();
  private byte[] body = new byte[0];
  private int position;
  private int end;
  private int limit;

  /// Parses the series at offsets [from, to); errors may quote the text up to `newLimit`.
  Labels parse(byte[] newBody, int from, int to, int newLimit) throws ExpositionException {
    start(newBody, from, to, newLimit);
    var pairs = new ArrayList<String>();
    if (position < end && body[position] != '{') {
      String name = word();
      if (!LabelName.isLegacyMetric(name)) {
        throw error(from, "found " + found(from) + ", expected a metric name");
      }
      pairs.add(Labels.METRIC_NAME);
      pairs.add(intern(name));
      skipBlanks();
    }
    if (position < end) {
      braces(pairs, true);
    }
    return labels(pairs, from);
  }

  /// Parses the labels of an exemplar at offsets [from, to), including the braces, which may be
  /// empty.
  Labels parseExemplar(byte[] newBody, int from, int to, int newLimit) throws ExpositionException {
    start(newBody, from, to, newLimit);
    var pairs = new ArrayList<String>();
    braces(pairs, false);
    return Labels.of(pairs.toArray(String[]::new));
  }

  private void start(byte[] newBody, int from, int to, int newLimit) {
    body = newBody;
    position = from;
    end = to;
    limit = newLimit;
  }

  private Labels labels(List<String> pairs, int from) throws ExpositionException {
    if (pairs.isEmpty() || !pairs.contains(Labels.METRIC_NAME)) {
      throw error(
          from, "found a series without a metric name, expected the name before or inside \"{…}\"");
    }
    return Labels.of(pairs.toArray(String[]::new));
  }

  private void braces(List<String> pairs, boolean nameAllowed) throws ExpositionException {
    Set<String> seen = new HashSet<>();
    if (!pairs.isEmpty()) {
      seen.add(pairs.getFirst());
    }
    position++;
    for (skipBlanks(); position >= end || body[position] != '}'; skipBlanks()) {
      int nameAt = position;
      boolean quoted = position < end && body[position] == '"';
      String name = quoted ? quoted() : word();
      if (!quoted && !LabelName.isLegacy(name)) {
        throw error(nameAt, "found " + found(nameAt) + ", expected a label name or \"}\"");
      }
      if (name.isEmpty()) {
        throw error(nameAt, "found an empty name, expected a name");
      }
      skipBlanks();
      boolean isName =
          quoted
              && nameAllowed
              && position < end
              && (body[position] == ',' || body[position] == '}');
      String value = isName ? name : value(quoted);
      String key = isName ? Labels.METRIC_NAME : name;
      if (!seen.add(key)) {
        throw error(nameAt, isName ? "found two metric names" : "found label " + name + " twice");
      }
      pairs.add(intern(key));
      pairs.add(intern(value));
      skipBlanks();
      if (position < end && body[position] == ',') {
        position++;
      } else if (position >= end || body[position] != '}') {
        throw error(position, "found " + found(position) + ", expected \",\" or \"}\"");
      }
    }
    position++;
  }

  private String value(boolean afterQuotedName) throws ExpositionException {
    if (position >= end || body[position] != '=') {
      String expected = afterQuotedName ? "\"=\", \",\" or \"}\" after a quoted name" : "\"=\"";
      throw error(position, "found " + found(position) + ", expected " + expected);
    }
    position++;
    skipBlanks();
    if (position >= end || body[position] != '"') {
      throw error(
          position, "found " + found(position) + ", expected a label value in double quotes");
    }
    return quoted();
  }

  private String word() {
    int from = position;
    while (position < end && isWord(body[position])) {
      position++;
    }
    return new String(body, from, position - from, StandardCharsets.US_ASCII);
  }

  private static boolean isWord(byte c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == ':';
  }

  private String quoted() throws ExpositionException {
    int from = ++position;
    boolean escaped = false;
    while (position < end && body[position] != '"') {
      if (body[position] == '\\') {
        escaped = true;
        position++;
      }
      position++;
    }
    if (position >= end) {
      throw error(from - 1, "found an unterminated quoted text, expected '\"'");
    }
    String text = escaped ? unescape(body, from, position, true) : decode(body, from, position);
    position++;
    return text;
  }

  private String decode(byte[] bytes, int from, int to) throws ExpositionException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException e) {
      var error = error(from, "found bytes that are not UTF-8 in a quoted text");
      error.initCause(e);
      throw error;
    }
  }

  /// Replaces the escapes `\\`, `\n` and, if `quotes` is true, `\"`; any other backslash is not
  /// changed.
  String unescape(byte[] bytes, int from, int to, boolean quotes) throws ExpositionException {
    var out = new ByteArrayOutputStream(to - from);
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\\' && i + 1 < to) {
        byte next = bytes[i + 1];
        if (next == 'n' || next == '\\' || (quotes && next == '"')) {
          out.write(next == 'n' ? '\n' : next);
          i++;
          continue;
        }
      }
      out.write(bytes[i]);
    }
    byte[] text = out.toByteArray();
    return decode(text, 0, text.length);
  }

  private String intern(String text) {
    if (interned.size() >= MAX_INTERNED) {
      interned.clear();
    }
    String existing = interned.putIfAbsent(text, text);
    return existing == null ? text : existing;
  }

  private void skipBlanks() {
    while (position < end && (body[position] == ' ' || body[position] == '\t')) {
      position++;
    }
  }

  private String found(int offset) {
    return ExpositionException.excerpt(body, offset, limit);
  }

  private ExpositionException error(int offset, String problem) {
    return ExpositionException.at(body, offset, limit, problem);
  }
}
