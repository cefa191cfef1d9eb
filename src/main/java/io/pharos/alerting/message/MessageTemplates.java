package io.pharos.alerting.message;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.Suggestion;
import io.pharos.template.AlertmanagerFunctions;
import io.pharos.template.Template;
import io.pharos.template.TemplateException;
import io.pharos.template.TemplateSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/// The templates that texts of the configuration may call. They have Alertmanager's well-known
/// names, and Pharos' or Alertmanager's content. The user's files may redefine them. Immutable.
public final class MessageTemplates {
  private static final TemplateSet PHAROS = builtIn(TemplateSet.empty(), "default.tmpl");
  private static final TemplateSet CHINESE = builtIn(PHAROS, "chinese.tmpl");
  private static final TemplateSet ALERTMANAGER = builtIn(PHAROS, "alertmanager.tmpl");

  private final MessageSettings.Defaults defaults;
  private final TemplateSet user;
  private final TemplateSet english;
  private final TemplateSet chinese;

  private MessageTemplates(
      MessageSettings.Defaults defaults,
      TemplateSet user,
      TemplateSet english,
      TemplateSet chinese) {
    this.defaults = defaults;
    this.user = user;
    this.english = english;
    this.chinese = chinese;
  }

  private static TemplateSet builtIn(TemplateSet base, String file) {
    try (InputStream in = MessageTemplates.class.getResourceAsStream(file)) {
      String text = new String(requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
      return base.with(file, text, AlertmanagerFunctions.all());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns Pharos' defaults, without user files.
  public static MessageTemplates standard() {
    return of(MessageSettings.Defaults.PHAROS);
  }

  /// Returns the given defaults, without user files.
  public static MessageTemplates of(MessageSettings.Defaults defaults) {
    return switch (defaults) {
      case PHAROS -> new MessageTemplates(defaults, TemplateSet.empty(), PHAROS, CHINESE);
      // Alertmanager's texts exist in one language only.
      case ALERTMANAGER ->
          new MessageTemplates(defaults, TemplateSet.empty(), ALERTMANAGER, ALERTMANAGER);
    };
  }

  /// Returns these templates with the definitions of one more file.
  ///
  /// @throws TemplateException with file, line and column if the text is not a valid template
  public MessageTemplates with(String fileName, String text) {
    return new MessageTemplates(
        defaults,
        user.with(fileName, text, AlertmanagerFunctions.all()),
        english.with(fileName, text, AlertmanagerFunctions.all()),
        chinese.with(fileName, text, AlertmanagerFunctions.all()));
  }

  /// Loads the defaults of a configuration and all files that match its `templates` globs. A glob
  /// that matches no file is no error.
  ///
  /// @throws IOException if a file cannot be read
  /// @throws TemplateException if a file is not a valid template
  public static MessageTemplates load(AlertmanagerConfig config) throws IOException {
    MessageTemplates templates = of(config.messages().defaults());
    for (String glob : config.templates()) {
      for (Path file : matching(glob)) {
        templates = templates.with(file.getFileName().toString(), OutsideFiles.text(file));
      }
    }
    return templates;
  }

  private static List<Path> matching(String glob) throws IOException {
    int firstWildcard = glob.length();
    for (char c : new char[] {'*', '?', '[', '{'}) {
      int at = glob.indexOf(c);
      firstWildcard = at >= 0 ? Math.min(firstWildcard, at) : firstWildcard;
    }
    Path start = Path.of(glob.substring(0, glob.lastIndexOf('/', firstWildcard) + 1));
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
    int depth =
        Path.of(glob.replace('*', 'x').replace('?', 'x')).getNameCount() - start.getNameCount();
    try (Stream<Path> files = Files.walk(start, Math.max(1, depth))) {
      return files.filter(Files::isRegularFile).filter(matcher::matches).sorted().toList();
    }
  }

  /// Checks that a text of the configuration is a valid template.
  ///
  /// @param name name of the text in the error, such as `receiver "x": slack_configs[0].title`
  /// @throws TemplateException if the text is not a valid template
  public void check(String name, String text) {
    var _ = parse(name, text, Language.ENGLISH);
  }

  /// Checks a text that is sent as HTML. It must be a valid template (see [#check]), and no
  /// template action may be inside a script, a style sheet or an event handler.
  public void checkHtml(String name, String text) {
    parse(name, text, Language.ENGLISH).checkHtml();
  }

  /// Whether the built-in message replaces a text: the text is the configuration's default, and no
  /// user file redefines the default's template. Always false with Alertmanager's defaults, which
  /// are expanded in the same way as the user's templates.
  public boolean isBuiltIn(String text, String defaultText) {
    if (defaults == MessageSettings.Defaults.ALERTMANAGER || !text.equals(defaultText)) {
      return false;
    }
    int open = text.indexOf('"');
    int close = text.indexOf('"', open + 1);
    return open < 0 || close < 0 || !user.has(text.substring(open + 1, close));
  }

  /// Whether the defaults are Alertmanager's texts.
  public boolean isAlertmanagers() {
    return defaults == MessageSettings.Defaults.ALERTMANAGER;
  }

  /// Returns the kind of defaults for texts that the configuration omits.
  public MessageSettings.Defaults defaults() {
    return defaults;
  }

  /// Whether a template is defined.
  boolean has(String name) {
    return english.has(name);
  }

  /// Returns the errors of unknown fields in the user's files.
  public List<TemplateException> unknownFields() {
    return user.unknownFields(Suggestion::nearest);
  }

  /// Parses a text. The well-known templates that it calls are in the reader's language.
  Template parse(String name, String text, Language language) {
    TemplateSet callable =
        switch (language) {
          case ENGLISH -> english;
          case CHINESE -> chinese;
        };
    return Template.parse(name, text, AlertmanagerFunctions.all(), callable);
  }
}
