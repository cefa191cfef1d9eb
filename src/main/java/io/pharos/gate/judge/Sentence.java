package io.pharos.gate.judge;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// A sentence of a check: fixed words that say what it is and what to do, with names and numbers of
/// any length between them. If it is too long for a phone, its optional parts are left out, then
/// the longest names are cut; the words stay.
///
/// @param format as of [String#format]; its `%s` and `%d` are replaced by the parts
/// @param parts values, or sentences whose parts are cut in the same way
/// @param optional whether it may be left out of the sentence that it is a part of
record Sentence(String format, List<Object> parts, boolean optional) {
  /// A name keeps at least this many characters, so that it is recognized. No number or time has
  /// more.
  private static final int MIN_PART = 20;

  /// Maximum length of a check's name in its sentence, which leaves 100 characters for the words.
  private static final int MAX_CHECK = 58;

  Sentence {
    parts = List.copyOf(parts);
  }

  static Sentence of(String format, Object... parts) {
    return new Sentence(format, List.of(parts), false);
  }

  /// Returns a part that is left out if the sentence is too long.
  static Sentence optional(String format, Object... parts) {
    return new Sentence(format, List.of(parts), true);
  }

  /// Returns whether it has its mark at the end already.
  boolean isQuestion() {
    return format.endsWith("?");
  }

  /// Formats a time in Unix milliseconds, to the second.
  static String time(long millis) {
    return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Returns the sentence of a check.
  static String ofCheck(String id, Sentence sentence) {
    String subject = shortened(id, MAX_CHECK) + ": ";
    return subject + sentence.text(CheckResult.MAX_TEXT - subject.length());
  }

  /// Returns the text, cut to a number of characters.
  String text(int room) {
    String text = cut(room, true);
    for (int longest = room; text.length() > room && longest >= MIN_PART; longest--) {
      text = cut(longest, false);
    }
    return shortened(text, room);
  }

  /// Returns the text without names that are longer than `longest`.
  private String cut(int longest, boolean whole) {
    var values = new ArrayList<Object>();
    for (Object part : parts) {
      values.add(
          switch (part) {
            case Sentence sentence ->
                sentence.optional && !whole ? "" : sentence.cut(longest, whole);
            case String name -> shortened(name, longest);
            default -> part;
          });
    }
    return format.formatted(values.toArray());
  }

  private static String shortened(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1).stripTrailing() + "…";
  }
}
