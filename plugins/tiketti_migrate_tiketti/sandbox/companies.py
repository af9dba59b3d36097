"""``/companies`` (API page: contacts)."""

from dataclasses import asdict, replace

from pydantic import Field

from . import model
from .answers import Answer, ApiError, created, no_content, one
from .auth import Right
from .bodies import altered_text
from .call import Call, Route, found, new_id
from .validation import Body, Currency, Domain, Name, Notes, Paging, Patch, Prefix, Rate

__all__ = ["ROUTES"]


class CompanyBody(Body):
    name: Name
    domains: list[Domain] = Field(default_factory=list)
    hourly_rate: Rate | None = None
    currency: Currency | None = None
    ticket_prefix: Prefix | None = None
    notes: Notes | None = None


class CompanyPatch(Patch):
    name: Name = ""
    domains: list[Domain] = Field(default_factory=list)
    hourly_rate: Rate | None = None
    currency: Currency | None = None
    ticket_prefix: Prefix | None = None
    notes: Notes | None = None


def list_companies(call: Call) -> Answer:
    return call.page(call.space.companies.listed(), asdict, call.query)


def create_company(call: Call) -> Answer:
    body: CompanyBody = call.body
    row = model.Company(new_id(), **body.model_dump())
    if row.notes and call.has("alter-body"):
        row = replace(row, notes=altered_text(row.notes))
    with call.store.write() as transaction:
        transaction.put(call.space.companies, row)
    return created(asdict(row))


def get_company(call: Call) -> Answer:
    return one(asdict(found(call.space.companies, call.args["id"], "company")))


def patch_company(call: Call) -> Answer:
    row = found(call.space.companies, call.args["id"], "company")
    changed = replace(row, **call.body.changes())
    with call.store.write() as transaction:
        transaction.put(call.space.companies, changed)
    return one(asdict(changed))


def delete_company(call: Call) -> Answer:
    row = found(call.space.companies, call.args["id"], "company")
    if call.space.contacts_by_company.ids(row.id):
        raise ApiError(422, "COMPANY_HAS_CONTACTS", "the company has contacts and cannot be deleted")
    with call.store.write() as transaction:
        transaction.remove(call.space.companies, row.id)
    return no_content()


ROUTES = (
    Route("GET", "/companies", Right.READ, list_companies, query=Paging),
    Route("POST", "/companies", Right.WRITE, create_company, body=CompanyBody),
    Route("GET", "/companies/:id", Right.READ, get_company),
    Route("PATCH", "/companies/:id", Right.WRITE, patch_company, body=CompanyPatch),
    Route("DELETE", "/companies/:id", Right.WRITE, delete_company),
)
