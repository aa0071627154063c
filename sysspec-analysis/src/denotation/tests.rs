#![allow(clippy::unwrap_used)]
use super::*;
use crate::c;
use crate::formula::parse;
use crate::logic::{Node, Sort};

/// The declarations of one piece of C; the function `f` has the contract.
struct World(Vec<c::Declaration>);

impl World {
    fn new(code: &str) -> Self {
        Self(c::parse(code).declarations)
    }

    fn shape(&self, name: &str, fits: impl Fn(&Shape) -> bool) -> Option<&Shape> {
        self.0.iter().find(|found| found.name == name && fits(&found.shape)).map(|found| &found.shape)
    }

    fn structures(&self) -> impl Iterator<Item = (&str, &c::Member)> {
        self.0.iter().flat_map(|found| match &found.shape {
            Shape::Struct(aggregate) => {
                aggregate.members.iter().flatten().map(|member| (found.name.as_str(), member)).collect()
            }
            _ => Vec::new(),
        })
    }
}

impl Vocabulary for World {
    fn declared(&self, name: &str) -> Option<Declared> {
        if let Some(Shape::Function(function, _)) = self.shape("f", |_| true) {
            let at = function.names.0.iter().position(|parameter| parameter.as_deref() == Some(name));
            if let Some(at) = at {
                return Some(Declared::Parameter(function.parameters[at].clone()));
            }
        }
        Declared::of(self.shape(name, |shape| matches!(shape, Shape::Function(..) | Shape::Object(..)))?)
    }

    fn constant(&self, name: &str) -> Option<i128> {
        match self.shape(name, |shape| matches!(shape, Shape::Macro(_)))? {
            Shape::Macro(definition) => match definition.body.as_slice() {
                [c::Token::Number(text)] => c::number(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn typedef(&self, name: &str) -> Option<Type> {
        match self.shape(name, |shape| matches!(shape, Shape::Typedef(_)))? {
            Shape::Typedef(ty) => Some(ty.clone()),
            _ => None,
        }
    }

    fn member(&self, tag: &str, member: &str) -> Option<Type> {
        let mut found = self.structures().filter(|(of, found)| *of == tag && found.name == member);
        found.next().map(|(_, found)| found.ty.clone())
    }

    fn any_member(&self, member: &str) -> Option<Type> {
        let mut types =
            self.structures().filter(|(_, found)| found.name == member).map(|(_, found)| &found.ty);
        let first = types.next()?;
        types.all(|ty| ty == first).then(|| first.clone())
    }

    fn result(&self) -> Option<Type> {
        match self.declared("f")? {
            Declared::Function(result) => Some(result),
            _ => None,
        }
    }
}

const CODE: &str = "struct map { struct block *root; unsigned height; };
struct file { struct map map; uint64_t size; char name[16]; };
struct inode { struct file file; mode_t mode; struct inode *next; };
struct volume { uint64_t used; };
extern struct volume volume;
#define LIMIT 4096
struct inode *f(struct inode *node, struct file *file, int *error, unsigned char c, uint64_t size, bool deep);
int strlen_(const char *s);";

fn truth(text: &str) -> Result<Term, Undefined> {
    let world = World::new(CODE);
    let formula = parse(text).unwrap();
    Denotation::of(&world, [&formula]).truth(&formula, Moment::Return)
}

fn alike(one: &str, two: &str) {
    assert_eq!(truth(one).unwrap(), truth(two).unwrap(), "{one} | {two}");
}

fn message(text: &str) -> String {
    truth(text).unwrap_err().message
}

#[test]
fn one_place_in_memory_is_one_term_however_it_is_reached() {
    alike("(&file->map)->root == NULL", "file->map.root == NULL");
    alike("(*node).mode == 0", "node->mode == 0");
    alike("(&volume)->used == 0", "volume.used == 0");
    alike("*&node->mode == 0", "node->mode == 0");
    alike("file->name[0] == 'a'", "*file->name == 'a'");
    alike(
        "(*node).file.map.root == result->file.map.root",
        "(&node->file)->map.root == (&result->file.map)->root",
    );
}

#[test]
fn moments_are_told_apart_and_parameters_have_none() {
    assert_ne!(truth("node->mode == old(node->mode)"), truth("node->mode == node->mode"));
    alike("size == old(size)", "size == size");
    alike("old(volume.used) == old(volume.used)", "size == size");
    assert_ne!(truth("known(node)"), truth("old(known(node))"));
}

#[test]
fn conditions_are_what_is_not_zero() {
    alike("size", "size != 0");
    alike("node", "node != NULL");
    alike("!node->next", "node->next == NULL");
    alike("result != 0", "result != NULL");
    alike("deep <==> size > 0", "deep == (size > 0)");
}

#[test]
fn integers_are_converted_as_c_converts_them() {
    let sides = |text: &str| match truth(text).unwrap().node() {
        Node::Equal(left, right) => (left.sort().clone(), right.sort().clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(sides("c == 1"), (Sort::Bits(32), Sort::Bits(32)));
    assert_eq!(sides("size == node->mode"), (Sort::Bits(64), Sort::Bits(64)));
    assert_eq!(sides("*error == LIMIT"), (Sort::Bits(32), Sort::Bits(32)));
    assert_eq!(sides("*error == 0x100000000"), (Sort::Bits(64), Sort::Bits(64)));
    // -1 becomes the greatest unsigned value (C11 6.3.1.3p2).
    alike("size == -1", "size == 0xffffffffffffffff");
}

#[test]
fn undeclared_names_are_what_they_are_used_as() {
    assert!(truth("found(node) && count(node) == 3 && at(node) == NULL && at(node)->mode == 0").is_ok());
    assert!(truth("contents(node) == old(contents(node))").is_ok());
    alike("min(size, 4) == size", "(size < 4 ? size : 4) == size");
    let count = truth("count(node) == size && count(node) == 0").unwrap();
    assert!(format!("{count:?}").contains("Bits(64)"));
}

#[test]
fn what_has_no_meaning_says_why() {
    assert_eq!(message("node == size"), "`node == size` brings together values of different kinds");
    assert_eq!(message("*node"), "`*node` is no condition: it is neither true nor false");
    assert_eq!(message("nothing == nobody"), "`nothing` stands for nothing that is known");
    assert_eq!(message("node < file"), "`node < file` compares values that have no order");
    assert_eq!(
        message("node + 1 == &size + 3 - node"),
        "`&size + 3 - node` calculates with addresses in a way that is not decided"
    );
}
