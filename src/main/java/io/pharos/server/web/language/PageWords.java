package io.pharos.server.web.language;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The dictionary of the pages: English texts as HTML with their translations. A text that the
/// dictionary does not have stays English.
final class PageWords {
  /// Longer texts are not of the pages, but of others.
  private static final int MAX_TEXT = 4_000;

  /// How often words may stand within the words of a sentence.
  private static final int MAX_DEPTH = 3;

  /// A sentence with fewer letters of its own is short.
  private static final int MIN_WEIGHT = 12;

  /// The translations of that many texts of at most so many characters are kept: most texts of a
  /// page were on the page before.
  private static final int MAX_KEPT_TEXTS = 8_192;

  private static final int MAX_KEPT = 160;

  private static final String FULL_WIDTH = "，。；：、（）！？";

  private final Map<String, String> texts = new HashMap<>();

  private final Map<String, String> kept = new ConcurrentHashMap<>();

  /// The scripts' words, not as HTML.
  private final Map<String, String> ofScripts = new TreeMap<>();

  /* Sentences by their first word, by their last word if they begin with a value, and the others. */
  private final Map<String, List<PageSentence>> byFirst = new HashMap<>();
  private final Map<String, List<PageSentence>> byLast = new HashMap<>();
  private final List<PageSentence> others = new ArrayList<>();

  /// @param lines the English text, a tab, the translation, and a tab and `script` if scripts use
  ///   it
  PageWords(List<String> lines) {
    for (String line : lines) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] cells = line.split("\t", -1);
      if (cells.length < 2 || cells[0].isBlank() || cells[1].isBlank()) {
        throw new IllegalArgumentException("expected two texts with a tab between, found " + line);
      }
      if (cells.length > 2) {
        ofScripts.put(cells[0], cells[1]);
      }
      add(escaped(cells[0]), escaped(cells[1]));
    }
    Comparator<PageSentence> order = Comparator.comparingInt(PageSentence::weight).reversed();
    byFirst.values().forEach(some -> some.sort(order));
    byLast.values().forEach(some -> some.sort(order));
    others.sort(order);
  }

  /// Reads the dictionary of the program.
  static PageWords chinese() {
    try (InputStream in =
        Objects.requireNonNull(PageWords.class.getResourceAsStream("/pages/zh.tsv"))) {
      return new PageWords(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException("the dictionary of the pages can't be read", e);
    }
  }

  private void add(String english, String translated) {
    PageSentence sentence = PageSentence.of(english, translated);
    if (sentence.kinds().isEmpty()) {
      texts.put(english, translated);
      return;
    }
    String first = first(english);
    String last = last(english);
    if (first.indexOf('{') < 0) {
      byFirst.computeIfAbsent(first, _ -> new ArrayList<>()).add(sentence);
    } else if (last.indexOf('{') < 0) {
      byLast.computeIfAbsent(last, _ -> new ArrayList<>()).add(sentence);
    } else {
      others.add(sentence);
    }
  }

  private static String first(String text) {
    int end = text.indexOf(' ');
    return end < 0 ? text : text.substring(0, end);
  }

  private static String last(String text) {
    return text.substring(text.lastIndexOf(' ') + 1);
  }

  /// Returns the words that scripts use with their translations.
  Map<String, String> ofScripts() {
    return ofScripts;
  }

  /// Translates a text of a page or of an attribute, as HTML; unknown text stays as it is.
  String translated(String html) {
    if (html.length() > MAX_KEPT) {
      return looked(html);
    }
    String known = kept.get(html);
    if (known != null) {
      return known;
    }
    String found = looked(html);
    if (kept.size() >= MAX_KEPT_TEXTS) {
      kept.clear();
    }
    kept.put(html, found);
    return found;
  }

  private String looked(String html) {
    int from = 0;
    int to = html.length();
    while (from < to && Character.isWhitespace(html.charAt(from))) {
      from++;
    }
    while (to > from && Character.isWhitespace(html.charAt(to - 1))) {
      to--;
    }
    if (from == to || to - from > MAX_TEXT) {
      return html;
    }
    String text = normal(html.substring(from, to));
    String said = said(text, 0);
    if (said == null) {
      return html;
    }
    String before = isFullWidth(said.charAt(0)) ? "" : html.substring(0, from);
    String after = isFullWidth(said.charAt(said.length() - 1)) ? "" : html.substring(to);
    return before + said + after;
  }

  private static boolean isFullWidth(char c) {
    return FULL_WIDTH.indexOf(c) >= 0;
  }

  private @Nullable String said(String text, int depth) {
    String known = texts.get(text);
    if (known != null) {
      return known;
    }
    String list = depth < MAX_DEPTH ? ofList(text, " · ", " · ", depth + 1) : null;
    if (list != null) {
      return list;
    }
    PageSentence found = null;
    List<String> values = List.of();
    for (List<PageSentence> some :
        List.of(
            byFirst.getOrDefault(first(text), List.of()),
            byLast.getOrDefault(last(text), List.of()),
            others)) {
      for (PageSentence sentence : some) {
        if (found != null && found.weight() >= sentence.weight()) {
          break;
        }
        var matched = sentence.values(text).flatMap(all -> words(sentence, all, depth));
        if (matched.isPresent()) {
          found = sentence;
          values = matched.get();
          break;
        }
      }
    }
    if (found != null) {
      return found.with(values);
    }
    return depth < MAX_DEPTH ? ofParts(text, depth + 1) : null;
  }

  /// Translates the words in a sentence. Other texts contain a sentence of few letters too: all of
  /// its words have to be known.
  private Optional<List<String>> words(PageSentence sentence, List<String> values, int depth) {
    boolean isShort = sentence.weight() < MIN_WEIGHT;
    var words = new ArrayList<String>();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      if (sentence.kinds().charAt(i) == '~') {
        String said = depth < MAX_DEPTH ? said(value, depth + 1) : null;
        if (said == null && isShort && !isOfNoLanguage(value)) {
          return Optional.empty();
        }
        words.add(said == null ? value : said);
      } else {
        words.add(value);
      }
    }
    return Optional.of(words);
  }

  /// Translates a text sentence by sentence, or a list if all of its words are known.
  private @Nullable String ofParts(String text, int depth) {
    List<String> sentences = parts(text, ". ");
    if (sentences.size() > 1) {
      return joined(sentences, depth);
    }
    String list = ofList(text, "; ", "；", depth);
    if (list == null) {
      list = ofList(text, ", ", "，", depth);
    }
    if (list != null) {
      return list;
    }
    if (text.endsWith(".")) {
      String said = said(text.substring(0, text.length() - 1), depth);
      return said == null ? null : said + "。";
    }
    return null;
  }

  private @Nullable String ofList(String text, String mark, String translated, int depth) {
    List<String> parts = parts(text, mark);
    if (parts.size() < 2) {
      return null;
    }
    var all = new ArrayList<String>();
    for (String part : parts) {
      String said = isOfNoLanguage(part) ? part : said(part, depth);
      if (said == null) {
        return null;
      }
      all.add(said);
    }
    return String.join(translated, all);
  }

  private @Nullable String joined(List<String> sentences, int depth) {
    var text = new StringBuilder();
    boolean isKnown = false;
    for (int i = 0; i < sentences.size(); i++) {
      String sentence = sentences.get(i) + (i < sentences.size() - 1 ? "." : "");
      String said = said(sentence, depth);
      isKnown |= said != null;
      if (!text.isEmpty() && !isFullWidth(text.charAt(text.length() - 1))) {
        text.append(' ');
      }
      text.append(said == null ? sentence : said);
    }
    return isKnown ? text.toString() : null;
  }

  private static List<String> parts(String text, String mark) {
    var parts = new ArrayList<String>();
    int at = 0;
    for (int next = text.indexOf(mark); next >= 0; next = text.indexOf(mark, at)) {
      parts.add(text.substring(at, next));
      at = next + mark.length();
    }
    parts.add(text.substring(at));
    return parts;
  }

  private static boolean isOfNoLanguage(String text) {
    return text.chars().noneMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  }

  /// Writes quotes as entities and white space as one space, as the keys have them.
  private static String normal(String html) {
    var text = new StringBuilder(html.length());
    for (int i = 0; i < html.length(); i++) {
      char c = html.charAt(i);
      if (!Character.isWhitespace(c)) {
        switch (c) {
          case '"' -> text.append("&quot;");
          case '\'' -> text.append("&#39;");
          default -> text.append(c);
        }
      } else if (text.charAt(text.length() - 1) != ' ') {
        text.append(' ');
      }
    }
    return text.toString();
  }

  /// Escapes a text as the pages do.
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
