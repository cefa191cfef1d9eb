package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// How large the program may be: files in a package, lines in a class and in a method, lines and
/// words in all (`.ci/size.tsv`).
///
/// A change that has to exceed a mark of `.ci/size.tsv` raises it and gives the reason in its
/// commit message.
class SourceShapeTest {
  private static final Path MAIN = Path.of("src", "main", "java");
  private static final int MAX_FILES = 30;
  private static final int MAX_CLASS_LINES = 500;
  private static final int MAX_METHOD_LINES = 60;

  /// What is still larger than the bounds, or has no comment; a name may only leave this list.
  private static final Path EXCEPTIONS =
      Path.of("src", "test", "resources", "io", "pharos", "shape-exceptions.txt");

  private static final Map<Path, String> SOURCES = new TreeMap<>();
  private static final TreeSet<String> LONG_METHODS = new TreeSet<>();
  private static final TreeSet<String> UNCOMMENTED = new TreeSet<>();

  @BeforeAll
  static void read() throws IOException {
    for (Path file : files(MAIN, ".java")) {
      SOURCES.put(file, Files.readString(file));
    }
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(SOURCES.keySet()));
      DocTrees trees = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        new Measurement(unit, trees).scan(unit, null);
      }
    }
  }

  private static List<Path> files(Path root, String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private static List<String> exceptions() throws IOException {
    return Files.readAllLines(EXCEPTIONS);
  }

  private static long lines(String text) {
    return text.lines().count();
  }

  private static long marked(String name) throws IOException {
    return Files.readAllLines(Path.of(".ci", "size.tsv")).stream()
        .map(line -> line.split("\t"))
        .filter(cells -> cells[0].equals(name))
        .mapToLong(cells -> Long.parseLong(cells[1]))
        .findFirst()
        .orElseThrow(() -> new AssertionError(".ci/size.tsv has no mark of " + name));
  }

  @Test
  void packages_haveAtMostThirtyFiles() throws IOException {
    Map<String, Long> counts =
        SOURCES.keySet().stream()
            .filter(file -> !file.endsWith("package-info.java"))
            .collect(
                Collectors.groupingBy(
                    file -> MAIN.relativize(file.getParent()).toString(), Collectors.counting()));
    counts.values().removeIf(count -> count <= MAX_FILES);
    assertThat(exceptions()).containsAll(counts.keySet());
  }

  @Test
  void classes_haveAtMostFiveHundredLines() throws IOException {
    Map<String, Long> lengths = new TreeMap<>();
    SOURCES.forEach((file, text) -> lengths.put(file.getFileName().toString(), lines(text)));
    lengths.values().removeIf(length -> length <= MAX_CLASS_LINES);
    assertThat(exceptions()).containsAll(lengths.keySet());
  }

  @Test
  void methods_haveAtMostSixtyLines() throws IOException {
    assertThat(exceptions()).containsAll(LONG_METHODS);
  }

  @Test
  void publicMethods_haveComments() throws IOException {
    assertThat(exceptions()).containsAll(UNCOMMENTED);
  }

  @Test
  void program_isNotLargerThanItsMark() throws IOException {
    assertThat(SOURCES.values().stream().mapToLong(SourceShapeTest::lines).sum())
        .as("lines of src/main/java; raise the mark in .ci/size.tsv only with a reason")
        .isLessThanOrEqualTo(marked("main-lines"));
  }

  @Test
  void documents_haveNoMoreWordsThanTheirMarks() throws IOException {
    long words = 0;
    for (Path file : files(Path.of("docs"), ".md")) {
      words += words(file);
    }
    for (String file : List.of("README.md", "AGENTS.md", "CHANGELOG.md", "deploy/README.md")) {
      words += words(Path.of(file));
    }
    assertThat(words)
        .as("words of all documents; raise the mark in .ci/size.tsv only with a reason")
        .isLessThanOrEqualTo(marked("document-words"));
    assertThat(words(Path.of("README.md"))).isLessThanOrEqualTo(marked("readme-words"));
  }

  private static long words(Path file) throws IOException {
    return Stream.of(Files.readString(file).split("\\s+")).filter(word -> !word.isEmpty()).count();
  }

  /// Measures the methods of one source file.
  private static final class Measurement extends TreePathScanner<Void, @Nullable Void> {
    private final CompilationUnitTree unit;
    private final DocTrees trees;

    Measurement(CompilationUnitTree unit, DocTrees trees) {
      this.unit = unit;
      this.trees = trees;
    }

    @Override
    public Void visitMethod(MethodTree method, @Nullable Void nothing) {
      String name = typeName() + "." + method.getName();
      SourcePositions positions = trees.getSourcePositions();
      long start = positions.getStartPosition(unit, method);
      long end = positions.getEndPosition(unit, method);
      if (end > 0) { // a record's own constructor has no place
        long length = unit.getLineMap().getLineNumber(end) - unit.getLineMap().getLineNumber(start);
        if (length + 1 > MAX_METHOD_LINES) {
          LONG_METHODS.add(name);
        }
        if (isPublicApi(method) && comment() == null) {
          UNCOMMENTED.add(name);
        }
      }
      return super.visitMethod(method, nothing);
    }

    private @Nullable DocCommentTree comment() {
      return trees.getDocCommentTree(getCurrentPath());
    }

    private boolean isPublicApi(MethodTree method) {
      return method.getReturnType() != null
          && (isPublic(method.getModifiers()) || parent().getKind() == Tree.Kind.INTERFACE)
          && !method.getModifiers().getFlags().contains(Modifier.PRIVATE)
          && !isOverride(method)
          && hasOnlyPublicOwners();
    }

    private static boolean isPublic(ModifiersTree modifiers) {
      return modifiers.getFlags().contains(Modifier.PUBLIC);
    }

    private static boolean isOverride(MethodTree method) {
      for (AnnotationTree annotation : method.getModifiers().getAnnotations()) {
        if (annotation.getAnnotationType().toString().equals("Override")) {
          return true;
        }
      }
      return false;
    }

    private ClassTree parent() {
      return (ClassTree) getCurrentPath().getParentPath().getLeaf();
    }

    private boolean hasOnlyPublicOwners() {
      for (var path = getCurrentPath().getParentPath(); path != null; path = path.getParentPath()) {
        if (path.getLeaf() instanceof ClassTree type) {
          boolean nestedInInterface =
              path.getParentPath().getLeaf() instanceof ClassTree owner
                  && owner.getKind() == Tree.Kind.INTERFACE;
          if (!isPublic(type.getModifiers()) && !nestedInInterface) {
            return false;
          }
        } else if (!(path.getLeaf() instanceof CompilationUnitTree)) {
          return false; // a local or anonymous type
        }
      }
      return true;
    }

    private String typeName() {
      var name = new StringBuilder();
      for (var path = getCurrentPath().getParentPath(); path != null; path = path.getParentPath()) {
        if (path.getLeaf() instanceof ClassTree type) {
          name.insert(0, name.isEmpty() ? "" : ".").insert(0, type.getSimpleName());
        }
      }
      return name.toString();
    }
  }
}
