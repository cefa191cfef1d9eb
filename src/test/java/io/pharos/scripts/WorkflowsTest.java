package io.pharos.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/// What the workflows may do: use only what can't be changed under them, with no more rights than
/// they need, and stop by themselves.
class WorkflowsTest {
  private static final Path GITHUB = Path.of(".github");
  private static final Pattern USES = Pattern.compile("^[\\s-]*+['\"]?uses['\"]?\\s*+:(.*)$");
  private static final Pattern PINNED =
      Pattern.compile(
          "([\\w.-]+/[\\w.-]+)((?:/[\\w.-]+)*)@([0-9a-f]{40}) # v(\\d+)\\.(\\d+)\\.(\\d+)");

  /// Actions that somebody tampered with, and the first version after it; none: the action as such.
  /// Public reports of March 2025 (tj-actions, reviewdog) and March 2026 (aquasecurity, checkmarx).
  private static final Map<String, Optional<List<Integer>>> TAMPERED_BEFORE =
      Map.of(
          "tj-actions/changed-files", Optional.of(List.of(46, 0, 1)),
          "tj-actions/eslint-changed-files", Optional.empty(),
          "reviewdog/action-setup", Optional.of(List.of(1, 3, 2)),
          "aquasecurity/trivy-action", Optional.of(List.of(0, 35, 0)),
          "aquasecurity/setup-trivy", Optional.of(List.of(0, 2, 6)),
          "checkmarx/kics-github-action", Optional.empty(),
          "checkmarx/ast-github-action", Optional.empty());

  static List<Path> files() throws IOException {
    try (Stream<Path> paths = Files.walk(GITHUB)) {
      List<Path> files =
          paths.filter(path -> path.toString().matches(".*\\.ya?ml")).sorted().toList();
      assertThat(files).isNotEmpty();
      return files;
    }
  }

  static List<Path> workflows() throws IOException {
    return files().stream().filter(path -> path.startsWith(GITHUB.resolve("workflows"))).toList();
  }

  /// What is wrong with a line that uses an action; nothing where none is used.
  private static Optional<String> fault(String line) {
    Matcher uses = USES.matcher(line);
    if (!uses.matches() || uses.group(1).strip().startsWith("./")) {
      return Optional.empty();
    }
    Matcher pinned = PINNED.matcher(uses.group(1).strip());
    if (!pinned.matches()) {
      return Optional.of("not pinned by a digest, with its version as a comment");
    }
    if (!TAMPERED_BEFORE.containsKey(pinned.group(1).toLowerCase(Locale.ROOT))) {
      return Optional.empty();
    }
    List<Integer> version =
        List.of(
            Integer.parseInt(pinned.group(4)),
            Integer.parseInt(pinned.group(5)),
            Integer.parseInt(pinned.group(6)));
    return TAMPERED_BEFORE
            .get(pinned.group(1).toLowerCase(Locale.ROOT))
            .filter(sound -> Arrays.compare(array(version), array(sound)) >= 0)
            .isPresent()
        ? Optional.empty()
        : Optional.of("known to have been tampered with");
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- uses: a/b@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0 |",
        "uses: a/b/c@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0 |",
        "uses: ./.github/actions/x |",
        "run: echo uses |",
        "- uses: a/b@v5 | not pinned by a digest, with its version as a comment",
        "- uses: a/b@08c6903 # v5.0.0 | not pinned by a digest, with its version as a comment",
        "- uses: a/b@08c6903cd8c0fde910a37f88322edcfb5dd907a8 | not pinned by a digest, with its version as a comment",
        "- 'uses' : a/b@main | not pinned by a digest, with its version as a comment",
        "uses: docker://a/b:1 | not pinned by a digest, with its version as a comment",
        "uses: aquasecurity/trivy-action@ed142fd0673e97e23eac54620cfb913e5ce36c25 # v0.36.0 |",
        "uses: aquasecurity/trivy-action@ed142fd0673e97e23eac54620cfb913e5ce36c25 # v0.34.2 | known to have been tampered with",
        "uses: Checkmarx/kics-github-action@ed142fd0673e97e23eac54620cfb913e5ce36c25 # v9.0.0 | known to have been tampered with"
      })
  void useOfAnAction_thatCanChange_isFound(String line, String expected) {
    assertThat(fault(line).orElse(null)).isEqualTo(expected);
  }

  @Test
  void eachAction_isPinned_andOneVersionIsOneDigest() throws IOException {
    var faults = new TreeSet<String>();
    var digests = new TreeMap<String, TreeSet<String>>();
    for (Path file : files()) {
      for (String line : Files.readAllLines(file)) {
        fault(line).ifPresent(fault -> faults.add(file + ": " + line.strip() + ": " + fault));
        Matcher uses = USES.matcher(line);
        if (uses.matches()) {
          Matcher pinned = PINNED.matcher(uses.group(1).strip());
          if (pinned.matches()) {
            digests
                .computeIfAbsent(pinned.group(1), action -> new TreeSet<>())
                .add(uses.group(1).substring(uses.group(1).indexOf('@')));
          }
        }
      }
    }
    assertThat(faults).isEmpty();
    assertThat(digests).isNotEmpty();
    assertThat(digests.values()).allMatch(versions -> versions.size() == 1);
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void workflow_hasTheRightsThatItsJobsName_andEnds(Path file) throws IOException {
    Map<String, Object> workflow = new Yaml().load(Files.readString(file));
    assertThat(workflow).containsEntry("permissions", Map.of("contents", "read"));
    assertThat(workflow.get("concurrency")).isNotNull();
    String text = Files.readString(file);
    assertThat(text)
        .as("runs what strangers send with our rights")
        .doesNotContain("pull_request_target");
    jobs(workflow)
        .forEach(
            (name, job) -> {
              assertThat(job.get("timeout-minutes"))
                  .as(file + ": " + name)
                  .isInstanceOf(Integer.class);
              steps(job)
                  .forEach(
                      step -> {
                        if (String.valueOf(step.get("uses")).startsWith("actions/checkout@")) {
                          assertThat(step.get("with").toString())
                              .contains("persist-credentials=false");
                        }
                        // What an event says is text of strangers: it is passed as a variable.
                        assertThat(String.valueOf(step.get("run")))
                            .as(file + ": " + name)
                            .doesNotContain("${{");
                      });
            });
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void image_ofAJobOrService_isPinnedByItsDigest(Path file) throws IOException {
    Map<String, Object> workflow = new Yaml().load(Files.readString(file));
    var images = new ArrayList<String>();
    jobs(workflow)
        .values()
        .forEach(
            job -> {
              if (job.get("container") instanceof Map<?, ?> container) {
                images.add(String.valueOf(container.get("image")));
              }
              if (job.get("services") instanceof Map<?, ?> services) {
                services
                    .values()
                    .forEach(it -> images.add(String.valueOf(((Map<?, ?>) it).get("image"))));
              }
            });
    assertThat(images).isNotEmpty().allMatch(image -> image.matches(".+:.+@sha256:[0-9a-f]{64}"));
  }

  @Test
  void imageOfTheBuild_isPinnedByItsDigest() throws IOException {
    assertThat(
            Files.readAllLines(Path.of("Dockerfile")).stream().filter(it -> it.startsWith("FROM")))
        .containsOnlyOnce("FROM scratch")
        .allMatch(it -> it.matches("FROM (scratch|rootfs AS \\w+|.+@sha256:[0-9a-f]{64} AS \\w+)"));
  }

  @Test
  void publishedImage_isBuiltOnce_scannedForEachArchitecture_andThenCopied() throws IOException {
    Map<String, Object> workflow =
        new Yaml().load(Files.readString(GITHUB.resolve("workflows/docker.yml")));
    List<Map<String, Object>> steps = steps(jobs(workflow).get("publish"));
    var order = new ArrayList<String>();
    for (Map<String, Object> step : steps) {
      String uses = String.valueOf(step.get("uses"));
      if (uses.startsWith("docker/build-push-action@")) {
        assertThat(step.get("with").toString())
            .contains("platforms=linux/amd64,linux/arm64", "tags=localhost:5000/");
        order.add("build");
      } else if (uses.startsWith("aquasecurity/trivy-action@")) {
        assertThat(step.get("with").toString())
            .contains("pharos@${{ steps.build.outputs.digest }}", "exit-code=1");
        order.add("scan " + ((Map<?, ?>) step.get("env")).get("TRIVY_PLATFORM"));
      } else if ("push".equals(step.get("id"))) {
        assertThat(String.valueOf(step.get("run"))).contains("--all --preserve-digests");
        order.add("copy");
      }
    }
    assertThat(order).containsExactly("build", "scan linux/amd64", "scan linux/arm64", "copy");
  }

  @Test
  void secrets_areSearchedInEachCommit() throws IOException {
    Map<String, Object> workflow =
        new Yaml().load(Files.readString(GITHUB.resolve("workflows/ci.yml")));
    assertThat(steps(jobs(workflow).get("history")))
        .anyMatch(step -> String.valueOf(step.get("with")).contains("fetch-depth=0"))
        .anyMatch(step -> String.valueOf(step.get("run")).startsWith("gitleaks detect"));
    assertThat(Files.readAllLines(Path.of(".gitleaksignore")))
        .as("single findings, no files or rules")
        .allMatch(line -> line.matches("#.*|[0-9a-f]{40}:[^:]+:[a-z-]+:[0-9]+"));
  }

  @Test
  void ruleset_wantsTheJobThatWaitsForAllOthers() throws IOException {
    Map<String, Object> workflow =
        new Yaml().load(Files.readString(GITHUB.resolve("workflows/ci.yml")));
    Map<String, Map<String, Object>> jobs = jobs(workflow);
    var wanted = new ArrayList<String>();
    for (JsonNode rule :
        new ObjectMapper().readTree(GITHUB.resolve("rulesets/main.json").toFile()).path("rules")) {
      for (JsonNode check : rule.path("parameters").path("required_status_checks")) {
        wanted.add(check.path("context").asText());
      }
    }
    assertThat(wanted).containsExactly((String) jobs.get("required").get("name"));
    assertThat(jobs.get("required")).containsEntry("if", "always()");
    var others = new TreeSet<>(jobs.keySet());
    others.remove("required");
    others.removeAll(AFTER_MERGE);
    assertThat(new TreeSet<Object>((List<?>) jobs.get("required").get("needs"))).isEqualTo(others);
  }

  /// Jobs that follow the check of a branch.
  private static final List<String> AFTER_MERGE = List.of();

  @SuppressWarnings("unchecked")
  private static Map<String, Map<String, Object>> jobs(Map<String, Object> workflow) {
    return (Map<String, Map<String, Object>>) workflow.get("jobs");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> steps(Map<String, Object> job) {
    return (List<Map<String, Object>>) job.getOrDefault("steps", List.of());
  }
}
