package io.pharos.template;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Damaged templates end quickly, with an output or a TemplateException.
class TemplateFuzzTest {
  private static final int ROUNDS = 4000;
  private static final Template.Limits LIMITS = new Template.Limits(20_000, 20_000, 20);

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void damagedTemplate_givesOutputOrTemplateException(long seed) throws IOException {
    List<String> templates = templates();
    AlertmanagerData data = AmtoolCasesTest.data();
    var context = new AlertmanagerFunctions.Context(Instant.EPOCH, Map.of());
    var random = new Random(seed);
    for (int i = 0; i < ROUNDS; i++) {
      String text = damage(templates, random);
      boolean html = random.nextBoolean();
      assertThatCode(() -> run(text, data, context, html)).as(text).doesNotThrowAnyException();
    }
  }

  private static void run(
      String text, AlertmanagerData data, AlertmanagerFunctions.Context context, boolean html) {
    try {
      var template =
          Template.parse("t", text, AlertmanagerFunctions.all(), TemplateSet.empty())
              .within(LIMITS);
      String unused = html ? template.executeHtml(data, context) : template.execute(data, context);
    } catch (TemplateException _) {
      // The expected result of a damaged template.
    }
  }

  private static List<String> templates() throws IOException {
    var templates = new ArrayList<String>();
    String file = Files.readString(Path.of("src/test/resources/template/amtool.cases"));
    for (String part : file.split("(?m)^#### (text|html)\n")) {
      templates.add(part.split("\n(=> |!!)")[0]);
    }
    return templates;
  }

  /// Cuts, duplicates, swaps or joins parts of the templates.
  private static String damage(List<String> templates, Random random) {
    var text = new StringBuilder(templates.get(random.nextInt(templates.size())));
    for (int n = 1 + random.nextInt(3); n > 0 && !text.isEmpty(); n--) {
      int from = random.nextInt(text.length());
      int to = Math.min(text.length(), from + 1 + random.nextInt(6));
      String other = templates.get(random.nextInt(templates.size()));
      int start = random.nextInt(other.length());
      String piece = other.substring(start, Math.min(other.length(), start + random.nextInt(12)));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(from, to);
        case 1 -> text.insert(from, text.substring(from, to));
        case 2 -> text.replace(from, to, piece);
        default -> text.insert(from, piece);
      }
    }
    return text.toString();
  }
}
