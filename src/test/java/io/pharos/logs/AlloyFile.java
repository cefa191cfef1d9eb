package io.pharos.logs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Parses Alloy's configuration syntax: blocks with attributes of strings, numbers, booleans,
/// lists, objects and references to other blocks.
final class AlloyFile {
  /// A block.
  ///
  /// @param name such as `loki.process`
  /// @param label empty for none
  record Block(String name, String label, Map<String, Object> attributes, List<Block> blocks) {
    String text(String attribute) {
      return (String) attributes.getOrDefault(attribute, "");
    }

    @SuppressWarnings("unchecked") // what the parser below makes of braces
    Map<String, Object> map(String attribute) {
      return (Map<String, Object>) attributes.getOrDefault(attribute, Map.of());
    }

    /// This block and all nested ones.
    Stream<Block> stream() {
      return Stream.concat(Stream.of(this), blocks.stream().flatMap(Block::stream));
    }
  }

  /// A name or a call, as written.
  record Reference(String text) {}

  private final String text;
  private int at;

  private AlloyFile(String text) {
    this.text = text;
  }

  static List<Block> parse(String text) {
    var file = new AlloyFile(text);
    Block all = file.body("", "");
    if (file.at < text.length()) {
      throw file.error("expected the end");
    }
    if (!all.attributes.isEmpty()) {
      throw new IllegalArgumentException(
          "attributes outside of blocks: " + all.attributes.keySet());
    }
    return all.blocks;
  }

  private IllegalArgumentException error(String expected) {
    long line = 1 + text.substring(0, Math.min(at, text.length())).lines().count();
    return new IllegalArgumentException("near line " + line + ": " + expected);
  }

  private void skip() {
    while (at < text.length()) {
      if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (Character.isWhitespace(text.charAt(at))) {
        at++;
      } else {
        return;
      }
    }
  }

  private boolean take(String sign) {
    skip();
    boolean isThere = text.startsWith(sign, at);
    if (isThere) {
      at += sign.length();
    }
    return isThere;
  }

  private void expect(String sign) {
    if (!take(sign)) {
      throw error("expected " + sign);
    }
  }

  private String name() {
    skip();
    int begin = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || "._".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == begin) {
      throw error("expected a name");
    }
    return text.substring(begin, at);
  }

  private Block body(String name, String label) {
    var attributes = new LinkedHashMap<String, Object>();
    var blocks = new ArrayList<Block>();
    while (true) {
      skip();
      if (at == text.length() || text.charAt(at) == '}') {
        return new Block(name, label, attributes, blocks);
      }
      String word = name();
      if (take("=")) {
        if (attributes.put(word, value()) != null) {
          throw error(word + " is there twice");
        }
        continue;
      }
      skip();
      String own = text.charAt(at) == '"' ? string() : "";
      expect("{");
      blocks.add(body(word, own));
      expect("}");
    }
  }

  private Object value() {
    skip();
    char c = text.charAt(at);
    if (c == '"') {
      return string();
    }
    if (c == '`') {
      int end = text.indexOf('`', at + 1);
      String raw = text.substring(at + 1, end);
      at = end + 1;
      return raw;
    }
    if (take("[")) {
      var list = new ArrayList<Object>();
      while (!take("]")) {
        list.add(value());
        if (!take(",")) {
          expect("]");
          break;
        }
      }
      return list;
    }
    if (take("{")) {
      var map = new LinkedHashMap<String, Object>();
      while (!take("}")) {
        skip();
        String key = text.charAt(at) == '"' ? string() : name();
        expect("=");
        map.put(key, value());
        if (!take(",")) {
          expect("}");
          break;
        }
      }
      return map;
    }
    String word = name();
    if (take("(")) {
      String argument = string();
      expect(")");
      return new Reference(word + "(" + argument + ")");
    }
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      default -> word.matches("[0-9.]+") ? (Object) Double.valueOf(word) : new Reference(word);
    };
  }

  private String string() {
    expect("\"");
    var value = new StringBuilder();
    while (text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c == '\n') {
        throw error("the string has no end");
      }
      if (c == '\\') {
        char escaped = text.charAt(at++);
        value.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case '"', '\\' -> escaped;
              default -> throw error("unknown escape \\" + escaped);
            });
      } else {
        value.append(c);
      }
    }
    at++;
    return value.toString();
  }
}
