package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What of `java.util.regex` the program has. That library goes back, so an expression that can
/// match a text in several ways takes the square of its length or worse; and it walks over groups
/// by recursion. Each expression is therefore run over texts that are made against it, and the
/// characters that it looks at are counted; those that are no literals stand below with their
/// reason. What others write is compiled by [io.pharos.model.Re2] alone.
@Tag("slow")
class RegexLintTest {
  private static final Path SOURCES = Path.of("src/main/java");

  /// Literals joined by `+`, behind the call that takes them.
  private static final String LITERALS = "((?:\"(?:[^\"\\\\]|\\\\.)*+\"\\s*\\+?\\s*)++)";

  private static final Pattern CALL =
      Pattern.compile(
          "(Pattern\\s*\\.compile|\\.matches|\\.split|\\.replaceAll|\\.replaceFirst)\\(\\s*(?:"
              + LITERALS
              + "|([^\\s\")][^,;)]*))");

  /// Calls whose expression is no literal, by class and argument, with the reason why they may.
  private static final Map<String, String> NOT_LITERAL =
      Map.ofEntries(
          Map.entry("Transformations replacement", "of a matcher of RE2/J"),
          Map.entry("HttpOptionsReader TOKEN", "one class of characters, repeated once"),
          Map.entry("Share part", "a literal of PAIRS, without repetition"),
          Map.entry("Share whole", "a literal of PAIRS, without repetition"),
          Map.entry("ProvisioningLint regex.asString(", "compiled and never matched"));

  /// Sources that only read the scripts of tests which somebody gives to a command.
  private static final Set<String> COMMAND_LINE_ONLY =
      Set.of("/promql/test/", "SeriesDescription.java");

  /// Calls of the same name that take no regular expression.
  private static final Set<String> OTHER_METHODS = Set.of("matches", "split", "replaceAll");

  /// @param wholeOnly whether it is only matched against whole texts, not looked for in them
  record Expression(String file, String regex, boolean wholeOnly) {
    @Override
    public String toString() {
      return file + " " + regex;
    }
  }

  static List<Expression> literals() throws IOException {
    var found = new ArrayList<Expression>();
    for (Path file : sources()) {
      String text = Files.readString(file);
      boolean linear = text.contains("import com.google.re2j.Pattern;");
      for (MatchResult call : CALL.matcher(text).results().toList()) {
        if (call.group(2) != null && !(linear && call.group(1).startsWith("Pattern"))) {
          found.add(new Expression(name(file), unquoted(call.group(2)), isWholeOnly(text, call)));
        }
      }
    }
    return found;
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> COMMAND_LINE_ONLY.stream().noneMatch(file.toString()::contains))
          .sorted()
          .toList();
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".java", "");
  }

  private static String unquoted(String literals) {
    var text = new StringBuilder();
    Matcher literal = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*+)\"").matcher(literals);
    while (literal.find()) {
      text.append(literal.group(1).translateEscapes());
    }
    return text.toString();
  }

  /* By `"…".matches`, or a constant of which only `matches()` is asked. */
  private static boolean isWholeOnly(String text, MatchResult call) {
    if (!call.group(1).startsWith("Pattern")) {
      return call.group(1).equals(".matches");
    }
    Matcher name = Pattern.compile("(\\w+)\\s*=\\s*$").matcher(text.substring(0, call.start()));
    if (!name.find()) {
      return false;
    }
    Matcher use =
        Pattern.compile("(?:Matcher (\\w+) = )?\\b" + name.group(1) + "\\s*\\.matcher\\(([^;]*);")
            .matcher(text);
    boolean whole = true;
    while (use.find()) {
      String variable = use.group(1);
      whole &=
          variable == null
              ? use.group(2).contains(".matches()")
              : text.contains(variable + ".matches()") && !text.contains(variable + ".find(");
    }
    return whole;
  }

  /// Counts what is looked at.
  private static final class Counted implements CharSequence {
    private final String text;
    private final long[] looks;

    Counted(String text, long[] looks) {
      this.text = text;
      this.looks = looks;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      looks[0]++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.substring(start, end), looks);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// How many characters are looked at to match the whole text, and to find all matches in it.
  private static long looks(Pattern pattern, boolean wholeOnly, String text) {
    long[] looks = {0};
    var counted = new Counted(text, looks);
    pattern.matcher(counted).matches();
    Matcher matcher = pattern.matcher(counted);
    while (!wholeOnly && matcher.find()) {
      // Only the looks count.
    }
    return looks[0];
  }

  @ParameterizedTest
  @MethodSource("literals")
  void expression_looksAtEachCharacterAFixedNumberOfTimes(Expression expression) {
    Pattern pattern = Pattern.compile(expression.regex());
    int half = 1_500;
    for (String unit : units(expression.regex())) {
      for (String before : List.of("", unit.substring(0, 1), start(expression.regex()))) {
        for (String after : List.of("", "!", "\n", " x")) {
          String little = before + unit.repeat(half / unit.length()) + after;
          String much = before + unit.repeat(2 * half / unit.length()) + after;
          long few = looks(pattern, expression.wholeOnly(), little);
          assertThat(looks(pattern, expression.wholeOnly(), much))
              .as("%s over many %s behind %s before %s", expression, unit, before, after)
              .isLessThan(few * 5 / 2 + 1_000);
        }
      }
    }
  }

  /// What an expression may repeat: single characters, its own plain pieces, and pairs of both.
  private static Set<String> units(String regex) {
    var single = new TreeSet<String>();
    for (char c : "a1A .-_:/@\"'[]{}()\\,;=%$#~|<>\n\r+e&".toCharArray()) {
      single.add(String.valueOf(c));
    }
    var own = new TreeSet<String>();
    for (String piece : regex.split("[^A-Za-z0-9\" :=/@-]+")) {
      if (!piece.isEmpty() && piece.length() < 20) {
        own.add(piece);
      }
    }
    for (char c : regex.toCharArray()) {
      if ("\"'[]{}:/@=<#-.;,".indexOf(c) >= 0) {
        own.add(String.valueOf(c));
      }
    }
    var units = new TreeSet<>(single);
    units.addAll(own);
    var few = own.stream().limit(10).toList();
    for (String first : few) {
      for (String second : Stream.concat(few.stream(), Stream.of("a", "1", " ")).toList()) {
        units.add(first + second);
        units.add(second + first);
      }
    }
    return units;
  }

  /// The plain piece that an expression begins with.
  private static String start(String regex) {
    Matcher plain = Pattern.compile("^\\^?((?:[A-Za-z0-9\" /-]|\\\\[\\[{.(])+)").matcher(regex);
    return plain.find() ? plain.group(1).replace("\\", "") : "";
  }

  @Test
  void expressions_thatAreNoLiterals_haveAReason() throws IOException {
    var unknown = new TreeMap<String, String>();
    for (Path file : sources()) {
      String text = Files.readString(file);
      boolean linear = text.contains("import com.google.re2j");
      for (MatchResult call : CALL.matcher(text).results().toList()) {
        String argument = call.group(3);
        if (argument == null) {
          continue;
        }
        String method = call.group(1).replaceAll("^.*\\.", "");
        boolean compiles = method.equals("compile");
        if (compiles ? linear && name(file).equals("Re2") : OTHER_METHODS.contains(method)) {
          continue;
        }
        boolean known =
            NOT_LITERAL.keySet().stream()
                .anyMatch(
                    it ->
                        it.startsWith(name(file) + " ")
                            && argument.startsWith(it.substring(name(file).length() + 1)));
        if (!known) {
          unknown.put(name(file) + " " + method, argument);
        }
      }
    }
    assertThat(unknown).as("compile it by Re2, or give a reason").isEmpty();
  }
}
