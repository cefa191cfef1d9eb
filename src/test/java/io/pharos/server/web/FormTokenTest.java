package io.pharos.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Each form that changes something contains the token of its session.
class FormTokenTest {
  private static final Pattern FORM =
      Pattern.compile("<form[^>]*method=\"post\"[^>]*>.*?</form>", Pattern.DOTALL);

  @Test
  void eachPostedForm_hasTheToken_exceptThatOfTheLogIn() throws IOException {
    var forms = new ArrayList<String>();
    try (var files = Files.walk(Path.of("src/main/resources/templates"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        FORM.matcher(Files.readString(file)).results().forEach(form -> forms.add(form.group()));
      }
    }
    List<String> bare =
        forms.stream()
            .filter(form -> !form.contains("{#formToken /}"))
            .filter(form -> !form.contains("name=\"form-token\""))
            .toList();
    assertThat(forms).hasSizeGreaterThan(8);
    assertThat(bare).isNotEmpty().allMatch(form -> form.contains("action=\"/login\""));
  }
}
