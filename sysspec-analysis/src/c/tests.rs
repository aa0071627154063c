//! What C says of declarations, clause by clause.

use std::collections::HashMap;

use super::token::Token;
use super::{Agreement, Comparison, Declaration, Scope, Shape, Type, one_line, parse};
use crate::SymbolKind;

#[derive(Default)]
struct Names {
    typedefs: HashMap<String, Type>,
    constants: HashMap<String, Vec<Token>>,
}

impl Scope for Names {
    fn typedef(&self, name: &str) -> Option<Type> {
        self.typedefs.get(name).cloned()
    }

    fn constant(&self, name: &str) -> Option<Vec<Token>> {
        self.constants.get(name).cloned()
    }
}

fn scope(text: &str) -> Names {
    let mut names = Names::default();
    for declaration in parse(text).declarations {
        match declaration.shape {
            Shape::Typedef(ty) => _ = names.typedefs.insert(declaration.name, ty),
            Shape::Macro(definition) => _ = names.constants.insert(declaration.name, definition.body),
            Shape::Constant(value) => _ = names.constants.insert(declaration.name, value),
            _ => {}
        }
    }
    names
}

fn only(text: &str) -> Declaration {
    let parsed = parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    assert_eq!(parsed.declarations.len(), 1, "{text}: {:?}", parsed.declarations);
    parsed.declarations.into_iter().next().unwrap()
}

fn compare_in(environment: &str, here: &str, there: &str) -> Agreement {
    let names = scope(environment);
    Comparison::new(&names).compare(&only(here).shape, &only(there).shape)
}

fn same(here: &str, there: &str) {
    assert_eq!(compare_in("", here, there), Agreement::Same, "{here} / {there}");
}

fn different(here: &str, there: &str, because: &str) {
    assert_eq!(compare_in("", here, there), Agreement::Different(because.into()), "{here} / {there}");
}

#[test]
fn every_kind_of_declaration_is_read() {
    let text = "#define N 4\ntypedef struct box { int x; } box;\nextern struct box *head;\nint f(void);\nenum e { A, B };\nunion u { int i; };\nstruct fwd;\ntypedef int (*callback)(void *);\n";
    let parsed = parse(text);
    assert_eq!(parsed.errors, []);
    let found: Vec<_> = parsed.declarations.iter().map(|found| (found.name.as_str(), found.kind())).collect();
    assert_eq!(
        found,
        [
            ("N", SymbolKind::Macro),
            ("box", SymbolKind::Struct),
            ("box", SymbolKind::Typedef),
            ("head", SymbolKind::Object),
            ("f", SymbolKind::Function),
            ("e", SymbolKind::Enum),
            ("A", SymbolKind::Macro),
            ("B", SymbolKind::Macro),
            ("u", SymbolKind::Struct),
            ("fwd", SymbolKind::Struct),
            ("callback", SymbolKind::Typedef),
        ]
    );
}

#[test]
fn ranges_cover_the_declaration_and_the_name() {
    let text = "\nint  f(int a);\nstruct s { int x; };\n#define N (1)\n";
    let parsed = parse(text);
    let found: Vec<_> = parsed
        .declarations
        .iter()
        .map(|found| (&text[found.range.clone()], &text[found.name_range.clone()]))
        .collect();
    assert_eq!(found, [("int  f(int a);", "f"), ("struct s { int x; };", "s"), ("#define N (1)", "N")]);
}

#[test]
fn a_semicolon_may_lack_at_the_end_of_a_block() {
    assert_eq!(only("int f(void)").name, "f");
    assert_eq!(only("struct s { int x; }").name, "s");
}

#[test]
fn parameter_names_are_not_compared() {
    same("int f(int a, char *b);", "int f(int x, char *);");
}

#[test]
fn array_and_function_parameters_are_pointers() {
    // C11 6.7.6.3p7 and p8.
    same("int f(char *path[]);", "int f(char **path);");
    same("void f(int a[4]);", "void f(int *a);");
    same("void f(int g(int));", "void f(int (*g)(int));");
}

#[test]
fn outer_qualifiers_of_parameters_do_not_count() {
    // C11 6.7.6.3p15.
    same("void f(const int n);", "void f(int n);");
    same("void *f(void *restrict p);", "void *f(void *p);");
    different(
        "void f(const char *s);",
        "void f(char *s);",
        "parameter 1 (`s`) is `const char *` here and `char *` there",
    );
    different(
        "int f(const char *const *p);",
        "int f(const char **p);",
        "parameter 1 (`p`) is `const char *const *` here and `const char **` there",
    );
}

#[test]
fn specifiers_in_any_order_name_one_type() {
    same("unsigned f(void);", "unsigned int f(void);");
    same("long unsigned int f(void);", "unsigned long f(void);");
    same("const char *f(void);", "char const *f(void);");
    same("_Bool f(void);", "bool f(void);");
    same("short int f(void);", "signed short f(void);");
    different("long f(void);", "long long f(void);", "it returns `long` here and `long long` there");
    different("char f(void);", "signed char f(void);", "it returns `char` here and `signed char` there");
}

#[test]
fn an_empty_parameter_list_is_void() {
    same("int f();", "int f(void);");
    different("int f();", "int f(int a);", "it takes no parameters here and 1 parameter there");
}

#[test]
fn extern_says_nothing_new_of_a_function() {
    same("extern int f(void);", "int f(void);");
    different("static int f(void);", "extern int f(void);", "it is `static` here and `extern` there");
}

#[test]
fn variadic_functions_end_alike() {
    different(
        "int f(const char *s, ...);",
        "int f(const char *s);",
        "its parameter list ends in `...` here and not there",
    );
}

#[test]
fn function_pointers_are_compared_through_and_through() {
    same(
        "typedef int (*fill)(void *context, const char *name);",
        "typedef int (*fill)(void *, char const *n);",
    );
    different(
        "void f(int (*fill)(void *, long));",
        "void f(int (*fill)(void *, int));",
        "parameter 1 (`fill`) is `int (*)(void *, long)` here and `int (*)(void *, int)` there",
    );
}

#[test]
fn typedef_names_stand_for_their_types() {
    let environment = "typedef struct box { int x; } box;\ntypedef box *boxes;\ntypedef unsigned bits;\n";
    let agrees =
        |here, there| assert_eq!(compare_in(environment, here, there), Agreement::Same, "{here} / {there}");
    agrees("void f(box *b);", "void f(struct box *b);");
    agrees("void f(boxes b);", "void f(struct box *b);");
    agrees("void f(const box *b);", "void f(const struct box *b);");
    agrees("bits f(void);", "unsigned int f(void);");
    assert_eq!(
        compare_in(environment, "void f(box *b);", "void f(struct crate *b);"),
        Agreement::Different("parameter 1 (`b`) is `box *` here and `struct crate *` there".into())
    );
}

#[test]
fn an_unknown_typedef_name_is_read_as_the_tag() {
    same("void f(gear *g);", "void f(struct gear *g);");
}

#[test]
fn standard_types_are_only_alike_on_a_platform() {
    assert_eq!(
        compare_in("", "void f(unsigned long n);", "void f(size_t n);"),
        Agreement::SameOnThisPlatform("parameter 1 (`n`) is `unsigned long` here and `size_t` there".into())
    );
    different(
        "void f(int n);",
        "void f(uint64_t n);",
        "parameter 1 (`n`) is `int` here and `uint64_t` there",
    );
}

#[test]
fn a_partial_struct_names_some_members_in_any_order() {
    let whole = "struct s { int a; char b[8]; struct s *next; };";
    same("struct s { // ... other fields ...\n struct s *next; int a; };", whole);
    same("struct s {\n // ... other fields ...\n};", whole);
    same("struct s { /* … */ int a; };", whole);
    same("struct s;", whole);
    different(
        "struct s { // ... other fields ...\n long a; };",
        whole,
        "member `a` is `long` here and `int` there",
    );
    different(
        "struct s { // ... other fields ...\n int nxt; };",
        whole,
        "there is no member `nxt` there; did you mean `next`?",
    );
}

#[test]
fn a_whole_struct_names_all_members_in_order() {
    let whole = "struct s { int a; int b; };";
    same("struct s { int a, b; };", whole);
    different(
        "struct s { int b; int a; };",
        whole,
        "the members come in another order: `b` here and `a` there",
    );
    different(
        "struct s { int a; };",
        whole,
        "member `b` is missing here; write `// ... other fields ...` into a struct that is restated in part",
    );
    different("union s { int a; int b; };", whole, "it is a union here and a struct there");
}

#[test]
fn array_members_have_equal_lengths() {
    let environment = "#define LABEL_MAX 63\n";
    let here = "struct s { char label[LABEL_MAX + 1]; };";
    assert_eq!(compare_in(environment, here, "struct s { char label[64]; };"), Agreement::Same);
    assert_eq!(
        compare_in(environment, here, "struct s { char label[63]; };"),
        Agreement::Different("member `label` is `char [LABEL_MAX + 1]` here and `char [63]` there".into())
    );
    different(
        "struct s { char a[]; };",
        "struct s { char a[1]; };",
        "member `a` is `char []` here and `char [1]` there",
    );
}

#[test]
fn bit_fields_have_equal_widths() {
    same("struct s { unsigned a : 3; };", "struct s { unsigned int a : (1 + 2); };");
    different(
        "struct s { unsigned a : 3; };",
        "struct s { unsigned a : 4; };",
        "the bit-field `a` has another width",
    );
}

#[test]
fn atomic_members_have_both_spellings() {
    same("struct s { _Atomic uint64_t n; };", "struct s { uint64_t _Atomic n; };");
    same("struct s { _Atomic(int) n; };", "struct s { _Atomic int n; };");
    different(
        "struct s { int n; };",
        "struct s { _Atomic int n; };",
        "member `n` is `int` here and `_Atomic int` there",
    );
}

#[test]
fn macros_are_compared_by_value() {
    same("#define N 4096", "#define N (4096)");
    same("#define N 4096", "#define N (1 << 12)");
    same("#define N 4096", "#define N 0x1000UL");
    same("#define N 010", "#define N 8");
    same("#define N = 8", "#define N 8");
    same("#define N -1", "#define N (-1)");
    same("#define SLASH '/'", "#define SLASH 47");
    same("#define N ((uint32_t)1 << 4)", "#define N 16u");
    same("#define N ((unsigned char)256)", "#define N 0");
    same("#define N (size_t)(-1)", "#define N 0xffffffffffffffff");
    same("#define N (~0u)", "#define N 4294967295");
    same("#define N (sizeof(uint64_t) * 8)", "#define N 64");
    same("#define N (sizeof(void *))", "#define N 8");
    same("#define N (1 > 2 ? 3 : 4)", "#define N 4");
    different("#define N (-1)", "#define N (~0u)", "it is `(- 1)` here and `(~ 0u)` there");
    different("#define N sizeof(struct s)", "#define N 8", "it is `sizeof (struct s)` here and `8` there");
    same("#define MIN(a, b) ((a) < (b) ? (a) : (b))", "#define MIN(x, y) ((x) < (y) ? (x) : (y))");
    same("#define NAME \"x\"", "#define NAME (\"x\")");
    same("#define N 8 // eight", "#define N 8");
    different("#define N 8", "#define N 9", "it is `8` here and `9` there");
    different("#define N 8", "#define N M", "it is `8` here and `M` there");
    let environment = "#define M 4\nenum { P = 3, Q };\n";
    assert_eq!(compare_in(environment, "#define N 8", "#define N (M * 2)"), Agreement::Same);
    assert_eq!(compare_in(environment, "#define N 5", "#define N Q + 1"), Agreement::Same);
    assert_eq!(
        compare_in("#define A B\n#define B A\n", "#define N 5", "#define N A"),
        Agreement::Different("it is `5` here and `A` there".into())
    );
}

#[test]
fn objects_are_compared_with_and_without_extern() {
    same("extern struct volume volume;", "struct volume volume;");
    same("extern int table[];", "int table[4];");
    different("extern int *p;", "extern long *p;", "it is `int *` here and `long *` there");
}

#[test]
fn different_kinds_are_never_compared() {
    assert_eq!(compare_in("", "int f;", "int f(void);"), Agreement::OtherKind);
}

#[test]
fn comments_describe_the_declaration_they_touch() {
    let text = "// gears.h\n// 0 when they fit\nint mesh(int a);\n\n// far away\n\nint spin(int a); // turns\nint stop(void);\n";
    let comments: Vec<_> = parse(text).declarations.into_iter().map(|found| found.comment).collect();
    assert_eq!(comments, [Some("0 when they fit".into()), Some("turns".into()), None]);
}

#[test]
fn mentions_are_types_and_macros() {
    let mentions = |text: &str| only(text).mentions;
    assert_eq!(
        mentions("struct s { struct t *t; char name[NAME_MAX + 1]; uint64_t n; };"),
        ["NAME_MAX", "t", "uint64_t"]
    );
    assert_eq!(mentions("int f(const struct box *b, size_t n);"), ["box", "size_t"]);
    assert_eq!(mentions("#define N (M * 2)"), ["M"]);
}

#[test]
fn syntax_errors_stand_on_their_own_line() {
    let at = |text: &str| {
        let errors = parse(text).errors;
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        let line = text[..errors[0].range.start].matches('\n').count() + 1;
        (line, errors[0].message.clone())
    };
    assert_eq!(at("int f(void);\nint g(void\n"), (2, "`)` is missing here".into()));
    assert_eq!(at("int f(void);\nstep(cur);\nint g(void);\n").0, 2);
    assert_eq!(at("struct s {\n\tint a\n\tint b;\n};\n").0, 2);
    assert_eq!(at("int f(void);\nint g(int a,);\n").0, 2);
}

#[test]
fn a_declaration_with_an_error_is_marked_broken() {
    let parsed = parse("int f(struct inode *node, uint64_t);\nint g(int a,);\n");
    let broken: Vec<_> =
        parsed.declarations.iter().map(|found| (found.name.as_str(), found.broken)).collect();
    assert_eq!(broken, [("f", false), ("g", true)]);
}

#[test]
fn invisible_characters_are_blanks() {
    assert_eq!(only("int\u{2060} f(void);").name, "f");
}

#[test]
fn one_line_drops_comments_and_line_breaks() {
    assert_eq!(
        one_line("int64_t  f(struct inode * node, // the file\n\tconst char *const *path);"),
        "int64_t f(struct inode *node, const char *const *path);"
    );
    assert_eq!(one_line("struct s {\n\tint a;\n};"), "struct s { int a; };");
    assert_eq!(one_line("#define N (1 << 2)"), "#define N (1 << 2)");
}

#[test]
fn noise_never_panics() {
    for text in [
        "", "(", "int f(", "#define", "struct {", "}{", "int (*)(", "/*", "// x", "\u{2060}", "é§", "typedef",
    ] {
        parse(text);
    }
}
